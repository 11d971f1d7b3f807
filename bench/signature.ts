import { createHmac, timingSafeEqual } from 'node:crypto';

import { verify } from '../nodes/DoorFlowTrigger/signature';
import { alternate, find, ms, ratio, timed, type Report, type Side, type Size } from './measure';

const KEY = 'sandbox-secret';
const SIZES: ReadonlyArray<readonly [name: string, bytes: number, times: number]> = [
	['1 KB', 1024, 100_000],
	['1 MB', 1024 * 1024, 400],
];

export async function signature({ runs }: Size): Promise<Report> {
	const now = Math.floor(Date.now() / 1000);
	const timestamp = String(now);
	const sides: Record<string, Side> = {};
	for (const [name, bytes, times] of SIZES) {
		const rawBody = Buffer.alloc(bytes, 'x');
		const given = createHmac('sha256', KEY).update(`${timestamp}.`).update(rawBody).digest('hex');
		const repeat =
			(check: () => boolean): Side =>
			async () => {
				const milliseconds = await timed(async () => {
					for (let count = 0; count < times; count++)
						if (!check()) throw new Error('The signature should fit.');
				});
				return { milliseconds };
			};
		sides[`verify, ${name}`] = repeat(
			() => verify({ rawBody, signature: given, timestamp }, [KEY], now, 300) === 'ok',
		);
		sides[`createHmac + timingSafeEqual, ${name}`] = repeat(() =>
			timingSafeEqual(
				createHmac('sha256', KEY).update(`${timestamp}.`).update(rawBody).digest(),
				Buffer.from(given, 'hex'),
			),
		);
	}
	// Each side once before, so that both are compiled.
	for (const side of Object.values(sides)) await side();
	const measured = await alternate('signature', sides, 2 * runs - 1);
	const rows = SIZES.map(([name, , times]) => {
		const ours = find(measured, `verify, ${name}`).medianMs;
		const raw = find(measured, `createHmac + timingSafeEqual, ${name}`).medianMs;
		return { name, ours: ours / times, raw: raw / times };
	});
	return {
		name: 'signature',
		about: 'one check of a signature',
		measured,
		heads: ['body', 'verify', 'createHmac + timingSafeEqual', 'ratio'],
		rows: rows.map(({ name, ours, raw }) => [
			name,
			ms(ours).replace('0.00 ms', `${(ours * 1000).toFixed(1)} µs`),
			ms(raw).replace('0.00 ms', `${(raw * 1000).toFixed(1)} µs`),
			ratio(ours / raw),
		]),
		verdicts: rows.map(({ name, ours, raw }) => ({
			aim: `≤ 1.1 × raw, ${name}`,
			measured: ratio(ours / raw),
			met: ours <= 1.1 * raw,
		})),
	};
}
