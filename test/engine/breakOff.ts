import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

import type { Sandbox } from '../../sandbox/server';

/** The connection on which each request of this process's servers came last. */
const connections = new Map<string, Socket>();
subscribe('http.server.request.start', (message) => {
	const { request } = message as { request: IncomingMessage };
	connections.set(`${request.socket.localPort} ${request.method} ${request.url}`, request.socket);
});

/**
 * Breaks the connection off as soon as the sandbox is silent on it. To the nodes it is the same as an answer that does not
 * come in time, but it needs no time that is too short on a busy machine and too long on a quiet one.
 */
export function breakOffWhenSilent({ port, store }: Sandbox): void {
	store.shared.news.on('silent', (request: string) => connections.get(`${port} ${request}`)?.destroy());
}
