import { createHmac, timingSafeEqual } from 'node:crypto';

export interface SignedRequest {
	/** The exact bytes of the body. */
	readonly rawBody: Buffer;
	/** The header `Signature`: lower-case hex of an HMAC-SHA256. */
	readonly signature: unknown;
	/** The header `Timestamp`: whole unix seconds. */
	readonly timestamp: unknown;
}

export type Verdict = 'badSignature' | 'badTimestamp' | 'missing' | 'noKey' | 'ok' | 'stale';

const SECONDS = /^[1-9]\d{0,11}$/;

/**
 * Checks that DoorFlow sent a request. DoorFlow: the signature is the HMAC-SHA256 of `<Timestamp>.<raw body>`.
 *
 * @param request headers and bytes as they came in
 * @param keys any of these may have signed; none at all refuses everything
 * @param nowSeconds unix seconds
 * @param toleranceSeconds how far the timestamp may be off, both ways
 */
export function verify(
	request: SignedRequest,
	keys: readonly string[],
	nowSeconds: number,
	toleranceSeconds: number,
): Verdict {
	const { rawBody, signature, timestamp } = request;
	if (!keys.some((key) => key !== '')) return 'noKey';
	if (typeof signature !== 'string' || typeof timestamp !== 'string' || signature === '' || timestamp === '')
		return 'missing';
	if (!SECONDS.test(timestamp)) return 'badTimestamp';
	// Of what is no hex, Node reads only the part before. (A pattern would cost a tenth of the whole check.)
	const given = Buffer.from(signature, 'hex');
	if (signature.length !== 64 || given.length !== 32 || signature !== signature.toLowerCase())
		return 'badSignature';
	if (Math.abs(nowSeconds - Number(timestamp)) > toleranceSeconds) return 'stale';
	let valid = false;
	// Every key is tried, so that the time taken does not tell which one fits.
	for (const key of keys) {
		if (key === '') continue;
		const expected = createHmac('sha256', key).update(`${timestamp}.`).update(rawBody).digest();
		if (timingSafeEqual(given, expected)) valid = true;
	}
	return valid ? 'ok' : 'badSignature';
}
