import { resources } from '../../nodes/DoorFlow/actions';
import { isCollection } from '../../nodes/shared/field';
import { engine, locator, useEngine } from './useEngine';

useEngine();

const credential = (valueMode: string, value = '', typeId = 31) => ({
	resource: 'credential',
	operation: 'create',
	personId: locator('={{ $json.id }}'),
	credentialTypeId: locator(typeId),
	valueMode,
	value,
});
const visitor = () => ({
	json: { id: engine.sandbox.store.addPerson({ first_name: 'Pin', last_name: 'Holder', groups: [2] }).id },
});

test('generates a PIN and returns it; the PIN opens a door', async () => {
	const { items } = await engine.run(credential('generate'), { items: [visitor()] });
	expect(items[0]?.value).toMatch(/^\d{4,7}$/);
	expect(await engine.control('present', { channelId: 1340, value: items[0]?.value })).toMatchObject({
		event_code: 11,
	});
});

test('a second credential of a type is refused in words', async () => {
	const person = visitor();
	await engine.run(credential('generate'), { items: [person] });
	const { error } = await engine.run(credential('generate'), { items: [person] });
	expect(error?.message).toBe('The person already has a credential of this type');
});

test('a PIN never shows in an error', async () => {
	const first = visitor();
	await engine.run(credential('set', '7654321'), { items: [first] });
	const { error, run } = await engine.run(credential('set', '7654321'), { items: [visitor()] });
	expect(error?.message).toContain('value is already in use');
	expect(JSON.stringify(run.data.resultData.error)).not.toContain('7654321');
});

const TYPED = resources.flatMap(({ name: resource, operations }) =>
	operations.flatMap(({ name: operation, fields }) =>
		fields
			.filter((field) => !isCollection(field) && field.rule?.kind === 'secret')
			.map(({ panel }) => [resource, operation, panel.name] as const),
	),
);

/** Enough for n8n to run each of them, and for the secret to be asked for. */
const FILLED_IN = {
	personId: locator(1001),
	credentialId: locator('x'),
	credentialTypeId: locator(31),
	valueMode: 'set',
	findBy: 'credentialValue',
	issue: 'card',
	systemId: 'VISITOR-1',
	firstName: 'Vera',
	lastName: 'Guest',
	groupIds: [1],
	endTime: '2030-01-01T18:00:00Z',
};

test.each(TYPED)('nor does what somebody typed into %s/%s as %s', async (resource, operation, name) => {
	const { error, run } = await engine.run({
		...{ resource, operation, ...FILLED_IN, [name]: '7654321' },
		options: { timeout: -1 },
	});
	expect(error?.message).toContain('Timeout');
	expect(JSON.stringify(run.data.resultData)).toContain(`"${name}":"•••"`);
	expect(JSON.stringify(run.data.resultData)).not.toContain('7654321');
});

test('invites a mobile credential, which becomes active, and takes it away', async () => {
	const person = visitor();
	const { items } = await engine.run(credential('invite', '', 33), { items: [person] });
	expect(items[0]).toMatchObject({ status: 'invited' });
	const { items: removed } = await engine.run({
		resource: 'credential',
		operation: 'delete',
		personId: locator(person.json.id),
		credentialId: locator(String(items[0]?.id)),
	});
	expect(removed[0]).toMatchObject({ deleted: true, pending: true });
});

test('changes a PIN and puts it out; what only reads it masks it, unless it is asked for', async () => {
	const person = visitor();
	const { items } = await engine.run(credential('set', '112233'), { items: [person] });
	const id = locator(String(items[0]?.id));
	const { items: changed } = await engine.run({
		resource: 'credential',
		operation: 'update',
		personId: locator(person.json.id),
		credentialId: id,
		valueMode: 'set',
		value: '445566',
	});
	expect(changed[0]?.value).toBe('445566');
	const get = async (options = {}) =>
		(
			await engine.run({
				resource: 'credential',
				operation: 'get',
				personId: locator(person.json.id),
				credentialId: id,
				options,
			})
		).items[0]?.value;
	expect(await get()).toBe('••66');
	expect(await get({ includeSecrets: false })).toBe('••66');
	expect(await get({ includeSecrets: true })).toBe('445566');
	const { items: all } = await engine.run({
		resource: 'credential',
		operation: 'getAll',
		scope: 'person',
		personId: locator(person.json.id),
		returnAll: true,
	});
	expect(all.map(({ value }) => value)).toEqual(['••66']);
});
