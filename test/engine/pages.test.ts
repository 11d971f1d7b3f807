import { engine, useEngine } from './useEngine';

useEngine();

afterEach(async () => await engine.control('config', { pagingHeaders: 'openapi' }));

test.each(['openapi', 'legacy', 'none'])(
	'Return All gets everybody once, in order (%s paging headers)',
	async (pagingHeaders) => {
		await engine.control('config', { pagingHeaders });
		for (let index = engine.sandbox.store.people.size; index < 250; index++)
			engine.sandbox.store.addPerson({ first_name: 'P', last_name: String(index) });
		const { items } = await engine.run({ resource: 'person', operation: 'getAll', returnAll: true });
		expect(items.map(({ id }) => id)).toEqual([...engine.sandbox.store.people.keys()]);
		const { items: few } = await engine.run({
			resource: 'person',
			operation: 'getAll',
			returnAll: false,
			limit: 120,
		});
		expect(few).toHaveLength(120);
	},
);
