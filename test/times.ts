/**
 * How often a random test tries: `npm test` has the time for a sample, `npm run test:long` and the nights for all.
 *
 * @returns `short`, or `long` where the environment says `DOORFLOW_TESTS=long`
 */
export const times = (short: number, long: number): number =>
	process.env.DOORFLOW_TESTS === 'long' ? long : short;
