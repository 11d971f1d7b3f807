/**
 * Waits beside a program that started something, and clears up when that program is gone: it alone notices a SIGKILL,
 * after which the program can do nothing itself. Takes a folder to remove as its argument, and on its standard input,
 * one a line, the ids of processes to end. The end of that input means that the program ended.
 */
const { rmSync } = require('node:fs');
const { createInterface } = require('node:readline');

const folder = process.argv[2];
const pids = [];

/** @returns {boolean} whether the process was there */
function send(pid, signal) {
	try {
		return process.kill(pid, signal);
	} catch {
		return false;
	}
}

createInterface({ input: process.stdin })
	.on('line', (line) => {
		const pid = Number(line);
		if (Number.isInteger(pid) && pid > 1) pids.push(pid);
	})
	.on('close', () => {
		const end = Date.now() + 5_000;
		for (const pid of pids) send(pid, 'SIGTERM');
		const look = setInterval(() => {
			const left = pids.filter((pid) => send(pid, 0));
			if (left.length > 0 && Date.now() < end) return;
			clearInterval(look);
			for (const pid of left) send(pid, 'SIGKILL');
			rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
		}, 200);
	});
