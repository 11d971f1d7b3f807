/** The body of an answer, as far as it is not too large. */
export type Read = { readonly kind: 'read'; readonly body: unknown } | { readonly kind: 'tooLarge' };

const isStream = (body: unknown): body is AsyncIterable<Buffer | string> =>
	typeof body === 'object' && body !== null && Symbol.asyncIterator in body;

/**
 * Reads an answer that comes as a stream, unpacked already. JSON becomes what it says, anything else stays text.
 *
 * @param body the stream; what is none is given back as it is
 * @param maxBytes after so many, the rest is not waited for
 * @throws what the stream throws when the connection breaks
 */
export async function readBody(body: unknown, maxBytes: number): Promise<Read> {
	if (!isStream(body)) return { kind: 'read', body };
	const chunks: Buffer[] = [];
	let bytes = 0;
	// Whoever leaves the loop early closes the stream.
	for await (const chunk of body) {
		const part = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
		bytes += part.length;
		if (bytes > maxBytes) return { kind: 'tooLarge' };
		chunks.push(part);
	}
	const text = Buffer.concat(chunks)
		.toString('utf8')
		.replace(/^\uFEFF/, '');
	return { kind: 'read', body: parsed(text) };
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}
