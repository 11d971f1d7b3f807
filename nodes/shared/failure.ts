/** What an error thrown by n8n's request helpers stands for, as far as it can be told from outside. */
export type FailureKind =
	| 'grantDead'
	| 'notConnected'
	| 'clientRefused'
	| 'notSent'
	| 'lost'
	| 'cancelled'
	| 'other';

export interface Failure {
	readonly kind: FailureKind;
	/** The HTTP status, if the error carries one. */
	readonly status?: number;
	/** The beginning of the first message found, for errors of kind `other`. It may hold anything: redact it before showing it. */
	readonly text: string;
}

const PATTERNS: ReadonlyArray<readonly [FailureKind, RegExp]> = [
	['cancelled', /ERR_CANCELED|\bcancell?ed\b|AbortError|operation was aborted/i],
	['notConnected', /credentials not connected/i],
	[
		'grantDead',
		/invalid_grant|needs to be reconnected|authorization grant is invalid, expired|refresh token is invalid/i,
	],
	['clientRefused', /invalid_client|client authentication failed/i],
	[
		'notSent',
		/ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ERR_TLS|CERT_|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)|Unsupported protocol/i,
	],
	['lost', /ECONNRESET|ETIMEDOUT|ECONNABORTED|EPIPE|socket hang up|timeout|aborted|connection lost|network/i],
];

/** A server may send as much as it likes; what an error is stands at the beginning. */
const LONGEST_TEXT = 1_000;
const MOST_TEXTS = 50;

/**
 * Sorts an error of n8n's request helpers. They wrap the cause differently in each version of n8n, so everything the
 * error carries is looked at; only its sort goes on from here, because the error itself may hold tokens.
 *
 * @param error whatever was thrown
 */
export function sortFailure(error: unknown): Failure {
	const texts: string[] = [];
	let status: number | undefined;
	const seen = new Set<unknown>();
	const visit = (value: unknown, depth: number): void => {
		if (typeof value === 'string') texts.push(value.slice(0, LONGEST_TEXT));
		if (typeof value !== 'object' || value === null || seen.has(value) || depth > 4) return;
		seen.add(value);
		const record = value as Record<string, unknown>;
		for (const key of ['message', 'description', 'code', 'error', 'error_description'])
			visit(record[key], depth + 1);
		if (Array.isArray(record.messages)) for (const message of record.messages) visit(message, depth + 1);
		for (const key of ['httpCode', 'status', 'statusCode']) {
			const code = Number(record[key]);
			if (status === undefined && Number.isInteger(code) && code >= 300 && code < 600) status = code;
		}
		for (const key of ['cause', 'errorResponse', 'response', 'body', 'data', 'context', 'reason'])
			visit(record[key], depth + 1);
	};
	visit(error, 0);
	const all = texts.slice(0, MOST_TEXTS).join('\n');
	const kind = PATTERNS.find(([, pattern]) => pattern.test(all))?.[0] ?? 'other';
	return { kind, ...(status === undefined ? {} : { status }), text: texts[0] ?? '' };
}
