import { chromium, type Browser, type Page } from 'playwright-core';

import { OWNER, type N8n } from './n8n';

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

/** Logs n8n's owner in, as a person does. */
export async function signIn(page: Page, { url }: Pick<N8n, 'url'>): Promise<void> {
	await page.goto(`${url}/signin`);
	await page.fill('input[type=email]', OWNER.email);
	await page.fill('input[type=password]', OWNER.password);
	await page.keyboard.press('Enter');
	await page.waitForURL(/home/);
}
