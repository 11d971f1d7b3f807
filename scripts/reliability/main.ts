import { build } from '../lib/house';
import { faults, load } from './faults';
import { openPlant } from './plant';

async function main(): Promise<void> {
	const only = process.argv[2] ?? '';
	await build();
	const plant = await openPlant();
	try {
		const sizes = { burst: 200, load: 2000 };
		await faults(plant, sizes, only);
		if ('load'.includes(only)) await load(plant, sizes);
	} catch (error) {
		console.error((await plant.n8n.log()).split('\n').slice(-30).join('\n'));
		throw error;
	} finally {
		await plant.stop();
	}
}

main().then(
	() => process.exit(0),
	(error: unknown) => {
		console.error(`✗ ${error instanceof Error ? error.stack : String(error)}`);
		process.exit(1);
	},
);
