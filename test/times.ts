/** `npm run test:long` and the nights try everything; `npm test` has the time for a sample. */
export const LONG = process.env.DOORFLOW_TESTS === 'long';

/** How often a random test tries. @returns `long` in `npm run test:long`, else `short` */
export const times = (short: number, long: number): number => (LONG ? long : short);
