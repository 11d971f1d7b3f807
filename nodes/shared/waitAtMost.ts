/**
 * Waits for work, but not longer than given; the work itself goes on. n8n lets a node have no timers but this kind.
 *
 * @param milliseconds how long
 * @param late what to answer then
 */
export async function waitAtMost<T, L = T>(milliseconds: number, work: Promise<T>, late: L): Promise<T | L> {
	const over = new Promise<L>((resolve) => {
		AbortSignal.timeout(Math.max(1, Math.min(Math.ceil(milliseconds), 0x7fffffff))).addEventListener(
			'abort',
			() => resolve(late),
			{ once: true },
		);
	});
	return await Promise.race([work, over]);
}
