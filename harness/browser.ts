import { chromium, type Browser } from 'playwright-core';

/** A headless Chromium (`CHROMIUM`, else where Debian puts it) that talks to nobody of its own accord. */
export const startBrowser = async (): Promise<Browser> =>
	await chromium.launch({
		executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
		args: [
			'--no-sandbox',
			'--disable-gpu',
			'--disable-quic',
			'--no-first-run',
			'--disable-background-networking',
			'--disable-component-update',
			'--disable-sync',
		],
	});
