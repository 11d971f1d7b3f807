import type { INodeParameters } from 'n8n-workflow';

import { Engine } from './engine';

/** The one of the file that runs. */
export let engine: Engine;

/** Gives all tests of the file one engine, with a sandbox of its own. */
export function useEngine(options: Parameters<typeof Engine.start>[0] = {}): void {
	beforeAll(async () => {
		engine = await Engine.start(options);
	});
	afterAll(async () => await engine.stop());
}

/** What the editor saves for something picked from a list, by its ID. */
export const locator = (value: number | string) => ({ __rl: true, mode: 'id', value: String(value) });

/** Makes a visitor of an item that holds `first` and `mail`. */
export const create = {
	resource: 'person',
	operation: 'create',
	firstName: '={{ $json.first }}',
	lastName: 'Visitor',
	additionalFields: { email: '={{ $json.mail }}' },
};

/** Checks a visitor in for eight hours, with a PIN, by the sandbox's group of visitors. */
export const checkIn = (more: INodeParameters = {}): INodeParameters => ({
	resource: 'visitor',
	operation: 'checkIn',
	matchBy: 'systemId',
	systemId: 'V-1',
	firstName: 'Vera',
	lastName: 'Guest',
	accessBy: 'groups',
	groupIds: ['2'],
	endTime: new Date(Date.now() + 8 * 3_600_000).toISOString(),
	issue: 'pin',
	...more,
});
