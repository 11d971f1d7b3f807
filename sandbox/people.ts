import { isMobile, type CredentialType } from './accounts';
import type { Api, Body } from './api';
import { faultOfValue, tellOf } from './credentials';
import { unprocessable } from './errors';
import { PEOPLE_PAGE } from './paging';
import type { Row, Store } from './store';
import { now, readTime } from './time';

const TEXTS = [
	'first_name',
	'last_name',
	'salutation',
	'job_title',
	'email',
	'system_id',
	'department',
	'telephone',
	'mobile',
	'notes',
	'barcode',
	'custom_1',
	'custom_2',
	'custom_3',
	'custom_4',
	'custom_5',
];
const MAX_TEXT = 10_000;

type Errors = Record<string, string[]>;

/** The texts of a person, and what speaks against them. An empty one clears the field. */
function readTexts(store: Store, person: Row | undefined, body: Body, errors: Errors): Body {
	const fields: Body = {};
	for (const name of TEXTS) {
		if (!(name in body)) continue;
		const value = body[name];
		fields[name] = value === '' ? null : value;
		if (value !== null && typeof value !== 'string') errors[name] = ['is not a text'];
		else if ((value ?? '').length > MAX_TEXT) errors[name] = ['is too long'];
	}
	const merged: Body = { ...person, ...fields };
	for (const name of ['first_name', 'last_name']) {
		if (typeof merged[name] !== 'string' || merged[name].trim() === '') errors[name] = ["can't be blank"];
	}
	const { email, system_id: systemId } = fields;
	if (typeof email === 'string') {
		if (!/^[^@\s]+@[^@\s]+$/.test(email)) errors.email = ['is not an e-mail address'];
		else if ((store.emails.get(email.toLowerCase()) ?? person?.id) !== person?.id)
			errors.email = ['has already been taken'];
	}
	if (typeof systemId === 'string' && (store.systemIds.get(systemId) ?? person?.id) !== person?.id)
		errors.system_id = ['has already been taken'];
	return fields;
}

function readValidity(store: Store, person: Row | undefined, body: Body, errors: Errors): Body {
	const fields: Body = {};
	for (const name of ['valid_from', 'valid_to']) {
		if (!(name in body)) continue;
		const value = body[name] === '' ? null : body[name];
		const time = readTime(value, store.timeZone);
		if (value !== null && !time) errors[name] = ['is not a date'];
		fields[name] = time ? time.toUTC().toISO({ suppressMilliseconds: true }) : null;
	}
	const { valid_from: from, valid_to: to } = { ...person, ...fields } as {
		valid_from?: string | null;
		valid_to?: string | null;
	};
	const [begin, end] = [from, to].map((time) => readTime(time, store.timeZone));
	if (begin && end && end <= begin && !errors.valid_from) errors.valid_to ??= ['must be after valid from'];
	if (store.config.validityAsDate && typeof fields.valid_to === 'string')
		fields.valid_to = readTime(fields.valid_to, 'utc')?.setZone(store.timeZone).toISODate() ?? null;
	return fields;
}

function readMemberships(store: Store, body: Body, errors: Errors): Body {
	const fields: Body = {};
	for (const [name, target, known] of [
		['group_ids', 'groups', store.groups],
		['role_ids', 'roles', store.roles],
	] as const) {
		if (!(name in body)) continue;
		const ids: unknown = body[name] ?? [];
		if (!Array.isArray(ids) || !ids.every((id) => known.some((one) => one.id === id)))
			errors[name] = ['Not found for this account'];
		else fields[target] = [...new Set(ids)];
	}
	return fields;
}

/** A photo comes as Base64 or as an address to fetch it from; an empty address deletes it. */
function readPhoto(body: Body, errors: Errors): Body {
	const { image_base64: base64, image_remote_url: remote } = body;
	if (
		typeof base64 === 'string' &&
		base64 !== '' &&
		!/^(data:[\w/+.-]+;base64,)?[A-Za-z0-9+/\s]+={0,2}$/.test(base64)
	)
		errors.image_base64 = ['is not Base64'];
	if (typeof remote === 'string' && remote !== '' && !/^https?:\/\//.test(remote))
		errors.image_remote_url = ['is not an address'];
	if ((typeof base64 === 'string' && base64 !== '') || (typeof remote === 'string' && remote !== '')) {
		return {
			image_url: 'https://photos.example/full.jpg',
			image_thumbnail_url: 'https://photos.example/small.jpg',
		};
	}
	return remote === '' ? { image_url: null, image_thumbnail_url: null } : {};
}

/** DoorFlow: a credential may be set through the person, under the slug of its type. */
function readCredentials(
	store: Store,
	person: Row | undefined,
	body: Body,
	errors: Errors,
): Array<{ type: CredentialType; value: unknown }> {
	const wanted = store.credentialTypes
		.filter((type) => type.slug in body && !isMobile(type))
		.map((type) => ({ type, value: body[type.slug] }));
	for (const { type, value } of wanted) {
		if (value === null || value === '') continue;
		const own =
			person && store.credentialsOf(person.id).find((one) => one.credential_type_id === type.id)?.value;
		const fault = faultOfValue(store, type, value, own);
		if (fault) errors[type.slug] = [fault];
	}
	return wanted;
}

function setCredentials(
	api: Api,
	store: Store,
	person: Row,
	wanted: Array<{ type: CredentialType; value: unknown }>,
): void {
	for (const { type, value } of wanted) {
		const existing = store.credentialsOf(person.id).find((one) => one.credential_type_id === type.id);
		if (value === null || value === '') {
			if (!existing) continue;
			store.removeCredential(existing);
			tellOf(api, store, 'DESTROY', existing);
			continue;
		}
		const text = value === '******' ? store.freePin() : String(value);
		if (existing) store.changeValue(existing, text);
		tellOf(
			api,
			store,
			existing ? 'UPDATE' : 'CREATE',
			existing ?? store.addCredential(person.id, type.id, text),
		);
	}
}

function read(
	store: Store,
	person: Row | undefined,
	body: Body,
): { fields: Body; credentials: Array<{ type: CredentialType; value: unknown }> } {
	const errors: Errors = {};
	const fields: Body = {
		...readTexts(store, person, body, errors),
		...readValidity(store, person, body, errors),
		...readMemberships(store, body, errors),
		...readPhoto(body, errors),
	};
	if ('enabled' in body) {
		if (typeof body.enabled !== 'boolean') errors.enabled = ['must be true or false'];
		fields.enabled = body.enabled;
	}
	if ('organisation_id' in body) {
		if (body.organisation_id !== null && !Number.isInteger(body.organisation_id))
			errors.organisation_id = ['is not a number'];
		fields.organisation_id = body.organisation_id;
	}
	const credentials = readCredentials(store, person, body, errors);
	if (Object.keys(errors).length > 0) throw unprocessable(errors);
	return { fields, credentials };
}

function view(store: Store, person: Row): Body {
	if (!store.config.personCredentialFields) return person;
	const values = store.credentialTypes
		.filter((type) => !isMobile(type))
		.map(({ id, slug }) => [
			slug,
			store.credentialsOf(person.id).find((one) => one.credential_type_id === id)?.value ?? null,
		]);
	return { ...person, ...(Object.fromEntries(values) as Body) };
}

/** DoorFlow's operations on people. */
export function registerPeople(api: Api): void {
	const READ = ['account.person.readonly'];
	const WRITE = ['account.person'];

	api.on('GET', 'people', READ, (call) => {
		const { store, query, since } = call;
		const email = query.email?.toLowerCase();
		let people = store.everybody();
		if (email)
			people = people.filter((person) =>
				String(person.email ?? '')
					.toLowerCase()
					.includes(email),
			);
		if (query.system_id) people = people.filter((person) => person.system_id === query.system_id);
		if (since) people = people.filter(since);
		return call.page(people, PEOPLE_PAGE).map((person) => view(store, person));
	});

	api.on('POST', 'people', WRITE, (call) => {
		const { fields, credentials } = read(call.store, undefined, call.body);
		const person = call.store.addPerson(fields);
		setCredentials(api, call.store, person, credentials);
		void call.reply.code(201);
		return view(call.store, person);
	});

	api.on('GET', 'people/:id', READ, (call) => view(call.store, call.find(call.store.people)));

	// DoorFlow answers 201 to a PUT as well.
	api.on('PUT', 'people/:id', WRITE, (call) => {
		const person = call.find(call.store.people);
		const { fields, credentials } = read(call.store, person, call.body);
		// Whether groups that are there for a booking can be taken off by hand, DoorFlow does not say.
		if (fields.groups && call.store.config.bookingsHoldGroups)
			fields.groups = [...new Set([...(fields.groups as number[]), ...call.store.bookings.groupsOf(person)])];
		call.store.changePerson(person, { ...fields, updated_at: now() });
		setCredentials(api, call.store, person, credentials);
		void call.reply.code(201);
		return view(call.store, person);
	});

	api.on('DELETE', 'people/:id', WRITE, (call) => {
		const person = call.find(call.store.people);
		const credentials = call.store.credentialsOf(person.id);
		call.store.removePerson(person);
		for (const credential of credentials) tellOf(api, call.store, 'DESTROY', credential);
		return { result: 'ok' };
	});
}
