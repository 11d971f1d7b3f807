import { masked, withoutSecrets } from '../../nodes/shared/mask';

test.each([
	['48151635', '••35'],
	[48151635, '••35'],
	['12345', '••45'],
	// Two digits of four would tell half of a PIN.
	['1234', '••'],
	['7', '••'],
	['', ''],
	[null, null],
	[undefined, undefined],
	[true, true],
])('%j is shown as %j', (secret, shown) => {
	expect(masked(secret)).toBe(shown);
});

const CREDENTIAL = {
	id: 'kq9XBz',
	credential_type_id: 31,
	person_id: 1001,
	label: 'PIN',
	value: '48151635',
	status: null,
	url: 'https://passflow.example.com/invitations/tOkEn',
};

test('a credential keeps all but its value and its link', () => {
	expect(withoutSecrets(CREDENTIAL)).toEqual({ ...CREDENTIAL, value: '••35', url: '••En' });
	// What has a value and is no credential is left alone.
	expect(withoutSecrets({ name: 'x', value: '48151635', url: 'https://example.com' })).toEqual({
		name: 'x',
		value: '48151635',
		url: 'https://example.com',
	});
});

test('an event does not tell the number that was used', () => {
	const event = {
		id: 1,
		event_code: 10,
		person_id: 1001,
		person_name: 'Ada',
		credentials_number: '48151635',
	};
	expect(withoutSecrets(event)).toEqual({ ...event, credentials_number: '••35' });
});

test('a person keeps what DoorFlow describes; what it adds may be a PIN', () => {
	const person = {
		id: 1,
		first_name: 'Ada',
		last_name: 'L',
		barcode: '0012345',
		custom_1: 'x',
		groups: [1],
		roles: [],
	};
	const added = {
		pin: '48151635',
		card_number: 4815163,
		more: [{ number: '999135' }],
		known: true,
		none: null,
	};
	expect(withoutSecrets({ ...person, ...added })).toEqual({
		...person,
		pin: '••35',
		card_number: '••63',
		more: [{ number: '••35' }],
		known: true,
		none: null,
	});
});

test('what an operation tells of a person is its own words', () => {
	const told = { id: 1, first_name: 'Ada', last_name: 'L', enabled: true, groups: [1], added: [123456] };
	expect(withoutSecrets(told)).toEqual(told);
});

test('wherever it stands, and without a change of what was given', () => {
	const given = { a: [{ b: CREDENTIAL }], c: null, d: 'text' };
	const before = JSON.stringify(given);
	expect(withoutSecrets(given)).toEqual({
		a: [{ b: { ...CREDENTIAL, value: '••35', url: '••En' } }],
		c: null,
		d: 'text',
	});
	expect(withoutSecrets([given, null])[1]).toBeNull();
	expect(JSON.stringify(given)).toBe(before);
});

test('only what has both IDs is a credential; a moment stays one', () => {
	for (const one of [
		{ credential_type_id: 31, value: '48151635', url: 'https://example.com' },
		{ person_id: 1001, value: '48151635', url: 'https://example.com' },
		{ at: new Date(0) },
	])
		expect(withoutSecrets(one)).toEqual(one);
	expect(withoutSecrets({ ...CREDENTIAL, value: new Date(0) }).value).toEqual(new Date(0));
});

test('each field that DoorFlow describes stays in a person', () => {
	const described =
		'id first_name last_name salutation job_title email organisation_id system_id department enabled valid_from valid_to image_url image_thumbnail_url telephone mobile notes barcode custom_1 custom_2 custom_3 custom_4 custom_5 created_at updated_at groups roles';
	const person = Object.fromEntries(described.split(' ').map((name) => [name, `of ${name}`]));
	expect(withoutSecrets(person)).toEqual(person);
});
