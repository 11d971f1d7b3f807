/**
 * Loaded into n8n before it starts (`node --require`): refuses requests that were not meant for this machine. n8n does
 * not look at the Host header, so a web page whose name is made to lead to 127.0.0.1 (DNS rebinding) could talk to it
 * as if it were the editor. A proxy in front would not do: n8n's own port would stay open beside it.
 */
const { Server } = require('node:http');

const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;
const BODY = 'Only requests to localhost are answered.\n';
/** Whatever Node hands a server for a request that came in. */
const REQUESTS = new Set(['request', 'checkContinue', 'checkExpectation', 'upgrade', 'connect']);

const { emit } = Server.prototype;
Server.prototype.emit = function emitIfMeantForHere(event, ...args) {
	const [request, answer] = args;
	if (!REQUESTS.has(event) || LOOPBACK_HOST.test(request.headers.host ?? ''))
		return emit.call(this, event, ...args);
	// For an upgrade there is a bare socket in place of an answer.
	if (typeof answer.writeHead === 'function') {
		answer.writeHead(403, { 'Content-Type': 'text/plain', Connection: 'close' });
		answer.end(BODY);
	} else {
		answer.end(
			`HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: ${BODY.length}\r\nConnection: close\r\n\r\n${BODY}`,
		);
	}
	return true;
};
