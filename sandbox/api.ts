import { DateTime } from 'luxon';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { startAdmission } from './doors';
import type { Authority } from './oauth';
import { now, type Credential, type Door, type Row, type Store } from './store';
import type { Webhooks } from './webhooks';

type Body = Record<string, unknown>;

/** Thrown by a route to answer with one of DoorFlow's errors. */
export class Refusal extends Error {
	constructor(
		readonly status: number,
		readonly body: Body,
	) {
		super('refused');
	}
}

const notFound = (): Refusal => new Refusal(404, { error: 'not_found', error_description: 'The resource does not exist' });
const unprocessable = (errors: Record<string, string[]>): Refusal =>
	new Refusal(422, { error: 'unprocessable_entity', error_description: 'Validation failed', errors });

const PERSON_TEXTS = [
	'first_name', 'last_name', 'salutation', 'job_title', 'email', 'system_id', 'department', 'telephone', 'mobile', 'notes',
	'barcode', 'custom_1', 'custom_2', 'custom_3', 'custom_4', 'custom_5',
];
const MOBILE_TYPES = [33, 34];

/** The 42 operations of DoorFlow's API. */
export function registerApi(app: FastifyInstance, store: Store, authority: Authority, webhooks: Webhooks): void {
	const scoped = (...scopes: string[]) => (request: FastifyRequest): void => {
		const token = authority.check(request.headers.authorization);
		if (!token) throw new Refusal(401, { error: 'invalid_token', error_description: 'The access token is invalid or has expired' });
		const granted = token.grant.scope;
		const enough = scopes.length === 0 || scopes.some((scope) => granted.includes(scope) || (scope.endsWith('.readonly') && granted.includes(scope.slice(0, -9))));
		if (!enough) throw new Refusal(403, { error: 'insufficient_scope', error_description: `This needs the scope ${scopes.join(' or ')}` });
		acknowledge(request);
	};
	const acknowledge = (request: FastifyRequest): void => {
		const token = (request.query as Record<string, string>).ack_token;
		if (token) webhooks.acknowledge(token);
	};
	const param = (request: FastifyRequest, name: string): string => (request.params as Record<string, string>)[name] ?? '';
	const find = <T>(map: Map<number, T>, request: FastifyRequest, name = 'id'): T => {
		const found = map.get(Number(param(request, name)));
		if (!found) throw notFound();
		return found;
	};
	const bodyOf = (request: FastifyRequest): Body => (typeof request.body === 'object' && request.body !== null ? (request.body as Body) : {});

	const paged = (request: FastifyRequest, reply: FastifyReply, all: readonly object[], size: { name: string; standard: number; max: number }): readonly object[] => {
		const query = request.query as Record<string, string>;
		if (query.skip_pagination === 'true') return all;
		const perPage = Math.min(size.max, Math.max(1, Number(query[size.name]) || size.standard));
		const page = Math.max(1, Number(query.page) || 1);
		if (store.config.pagingHeaders === 'openapi') reply.header('Total', all.length).header('Per-Page', perPage);
		if (store.config.pagingHeaders === 'legacy') reply.header('X-Total-Results', all.length).header('X-Page', page).header('X-Per-Page', perPage);
		return all.slice((page - 1) * perPage, page * perPage);
	};
	const PAGE = { name: 'per_page', standard: 500, max: 1000 };
	const since = (request: FastifyRequest): ((row: Row) => boolean) => {
		const query = request.query as Record<string, string>;
		const limit = query.since_utc
			? DateTime.fromISO(query.since_utc, { zone: 'utc' })
			: query.since
				? DateTime.fromISO(query.since, { zone: store.config.accountTimeZone })
				: undefined;
		return (row) => limit === undefined || DateTime.fromISO(String(row.updated_at)) >= limit;
	};

	app.get('/api/3/account', { preHandler: async (request) => scoped()(request) }, async () => ({
		...store.account,
		time_zone: store.config.accountTimeZone,
		monitored: true,
		reseller: null,
		sync: { status: 'complete', last_sync: store.lastSync ? new Date(store.lastSync).toISOString() : now() },
		user: { id: 77, first_name: 'Sam', last_name: 'Admin', email: 'sam@harbour.example' },
		passport: { enabled: false, remote_unlock_enabled: false, hid_mobile_access: false },
	}));

	// People
	const personView = (person: Row): Row => ({ ...person });
	const applyPerson = (person: Row | undefined, body: Body): Body => {
		const errors: Record<string, string[]> = {};
		const fields: Body = {};
		for (const name of PERSON_TEXTS) if (name in body) fields[name] = body[name] === '' ? null : body[name];
		const merged: Body = { ...person, ...fields };
		for (const name of ['first_name', 'last_name']) if (typeof merged[name] !== 'string') errors[name] = ["can't be blank"];
		for (const name of PERSON_TEXTS) if (typeof fields[name] === 'string' && (fields[name] as string).length > 10_000) errors[name] = ['is too long'];
		if (typeof fields.email === 'string') {
			if (!/^[^@\s]+@[^@\s]+$/.test(fields.email)) errors.email = ['is not an e-mail address'];
			else if ((store.emails.get(fields.email.toLowerCase()) ?? person?.id) !== person?.id) errors.email = ['has already been taken'];
		}
		if ('organisation_id' in body) fields.organisation_id = body.organisation_id;
		if ('enabled' in body) fields.enabled = body.enabled;
		for (const name of ['valid_from', 'valid_to']) {
			if (!(name in body)) continue;
			if (body[name] !== null && Number.isNaN(Date.parse(String(body[name])))) errors[name] = ['is not a date'];
			fields[name] = body[name];
		}
		if ('group_ids' in body) {
			const ids = body.group_ids as number[];
			if (!Array.isArray(ids) || !ids.every((id) => store.groups.some((group) => group.id === id))) errors.group_ids = ['Not found for this account'];
			fields.groups = ids;
		}
		if ('role_ids' in body) {
			const ids = body.role_ids as number[];
			if (!Array.isArray(ids) || !ids.every((id) => store.roles.some((role) => role.id === id))) errors.role_ids = ['Not found for this account'];
			fields.roles = ids;
		}
		if (typeof body.image_base64 === 'string' || (typeof body.image_remote_url === 'string' && body.image_remote_url !== '')) {
			fields.image_url = 'https://photos.example/full.jpg';
			fields.image_thumbnail_url = 'https://photos.example/small.jpg';
		} else if (body.image_remote_url === '') {
			fields.image_url = null;
			fields.image_thumbnail_url = null;
		}
		if (Object.keys(errors).length > 0) throw unprocessable(errors);
		return fields;
	};

	app.get('/api/3/people', { preHandler: async (request) => scoped('account.person.readonly')(request) }, async (request, reply) => {
		const query = request.query as Record<string, string>;
		const email = query.email?.toLowerCase();
		const recent = since(request);
		let people = [...store.people.values()];
		if (email) people = people.filter((person) => String(person.email ?? '').toLowerCase().includes(email));
		if (query.system_id) people = people.filter((person) => person.system_id === query.system_id);
		if (query.since || query.since_utc) people = people.filter(recent);
		return paged(request, reply, people, { name: 'per_page', standard: 50, max: 100 });
	});
	app.post('/api/3/people', { preHandler: async (request) => scoped('account.person')(request) }, async (request, reply) => {
		const person = store.addPerson(applyPerson(undefined, bodyOf(request)));
		return reply.code(201).send(personView(person));
	});
	app.get('/api/3/people/:id', { preHandler: async (request) => scoped('account.person.readonly')(request) }, async (request) => personView(find(store.people, request)));
	app.put('/api/3/people/:id', { preHandler: async (request) => scoped('account.person')(request) }, async (request, reply) => {
		const person = find(store.people, request);
		const fields = applyPerson(person, bodyOf(request));
		if ('email' in fields && typeof person.email === 'string') store.emails.delete(person.email.toLowerCase());
		Object.assign(person, fields, { updated_at: now() });
		if (typeof person.email === 'string') store.emails.set(person.email.toLowerCase(), person.id);
		return reply.code(201).send(personView(person));
	});
	app.delete('/api/3/people/:id', { preHandler: async (request) => scoped('account.person')(request) }, async (request) => {
		const person = find(store.people, request);
		for (const credential of store.credentialsOf(person.id)) store.removeCredential(credential);
		if (typeof person.email === 'string') store.emails.delete(person.email.toLowerCase());
		store.people.delete(person.id);
		return { result: 'ok' };
	});

	// Credentials
	const credentialView = (credential: Credential): Body => ({ ...credential, changedAt: undefined });
	const settle = (credential: Credential): Credential => {
		if (credential.status === 'invited' && Date.now() - credential.changedAt >= store.config.inviteMs) credential.status = 'active';
		return credential;
	};
	const checkValue = (typeId: number, value: unknown, own?: string): string => {
		if (typeId === 31 && value === '******') return store.freePin();
		if (typeof value !== 'string' || value === '' || value === '******') throw unprocessable({ value: ["can't be blank"] });
		if (typeId === 31 && !/^\d{4,7}$/.test(value)) throw unprocessable({ value: ['must be between 4 and 7 digits in length'] });
		if (value !== own && store.values.has(value)) throw unprocessable({ value: ['value is already in use on your account'] });
		return value;
	};
	const told = (action: 'CREATE' | 'DESTROY' | 'UPDATE', credential: Credential): void =>
		webhooks.notify(action, 'PersonCredential', `/api/3/people/${credential.person_id}/credentials/${credential.id}`, credential.id);
	const findCredential = (request: FastifyRequest): Credential => {
		const person = find(store.people, request, 'person');
		const credential = store.credentials.get(param(request, 'id'));
		if (!credential || credential.person_id !== person.id) throw notFound();
		return settle(credential);
	};
	app.get('/api/3/credentials', { preHandler: async (request) => scoped('account.person.readonly')(request) }, async (request, reply) =>
		paged(request, reply, [...store.credentials.values()].map(settle).map(credentialView), PAGE),
	);
	app.get('/api/3/people/:person/credentials', { preHandler: async (request) => scoped('account.person.readonly')(request) }, async (request, reply) =>
		paged(request, reply, store.credentialsOf(find(store.people, request, 'person').id).map(settle).map(credentialView), PAGE),
	);
	app.post('/api/3/people/:person/credentials', { preHandler: async (request) => scoped('account.person')(request) }, async (request, reply) => {
		const person = find(store.people, request, 'person');
		const wish = (bodyOf(request).person_credential ?? {}) as Body;
		const type = store.credentialTypes.find(({ id }) => id === wish.credential_type_id);
		if (!type) throw unprocessable({ credential_type_id: ['Not found for this account'] });
		const existing = store.credentialsOf(person.id).find((credential) => credential.credential_type_id === type.id);
		if (existing) return reply.code(409).send(credentialView(existing));
		const credential = store.addCredential(person.id, type.id, MOBILE_TYPES.includes(type.id) ? undefined : checkValue(type.id, wish.value));
		told('CREATE', credential);
		return reply.code(201).send(credentialView(credential));
	});
	app.get('/api/3/people/:person/credentials/:id', { preHandler: async (request) => scoped('account.person.readonly')(request) }, async (request) =>
		credentialView(findCredential(request)),
	);
	app.put('/api/3/people/:person/credentials/:id', { preHandler: async (request) => scoped('account.person')(request) }, async (request, reply) => {
		const credential = findCredential(request);
		const value = checkValue(credential.credential_type_id, ((bodyOf(request).person_credential ?? {}) as Body).value, credential.value);
		if (credential.value !== undefined) store.values.delete(credential.value);
		store.values.add(value);
		credential.value = value;
		told('UPDATE', credential);
		return reply.code(201).send(credentialView(credential));
	});
	app.delete('/api/3/people/:person/credentials/:id', { preHandler: async (request) => scoped('account.person')(request) }, async (request, reply) => {
		const credential = findCredential(request);
		if (credential.status === undefined) {
			store.removeCredential(credential);
			told('DESTROY', credential);
			return reply.code(200).type('text/plain').send('ok');
		}
		credential.status = 'revoking';
		setTimeout(() => {
			credential.status = 'revoked';
			store.removeCredential(credential);
		}, store.config.inviteMs).unref();
		told('DESTROY', credential);
		return reply.code(202).type('text/plain').send('accepted');
	});

	// Lists
	app.get('/api/3/credential_types', { preHandler: async (request) => scoped('account.credential_type.readonly')(request) }, async (request, reply) => paged(request, reply, store.credentialTypes, PAGE));
	app.get('/api/3/groups', { preHandler: async (request) => scoped('account.group.readonly')(request) }, async () => store.groups);
	app.get('/api/3/roles', { preHandler: async (request) => scoped('account.role.readonly')(request) }, async () => store.roles);
	app.get('/api/3/sites', { preHandler: async (request) => scoped('account.site.readonly')(request) }, async (request, reply) => paged(request, reply, store.sites, PAGE));

	// Doors
	const doorView = (door: Door): Body => ({ ...door, sensor: undefined });
	const control = 'account.channel.admit';
	app.get('/api/3/channels', { preHandler: async (request) => scoped('account.channel.readonly')(request) }, async (request, reply) => {
		const { site_id: site } = request.query as Record<string, string>;
		return paged(request, reply, [...store.doors.values()].filter((door) => !site || door.site_id === Number(site)).map(doorView), PAGE);
	});
	app.get('/api/3/channels/:id', { preHandler: async (request) => scoped('account.channel.readonly')(request) }, async (request) => doorView(find(store.doors, request)));
	const raise = (event: Row): void => webhooks.notify('CREATE', 'Event', `/api/3/events/${event.id}`, String(event.id));
	app.post('/api/3/channels/:id/admit', { preHandler: async (request) => scoped(control)(request) }, async (request, reply) => {
		const admission = startAdmission(store, find(store.doors, request), undefined, raise);
		return reply.code(202).send({ admission_request_id: admission.id, status: 'pending' });
	});
	app.post('/api/3/channels/:id/admit_person', { preHandler: async (request) => scoped('account.channel.admit.person', control)(request) }, async (request, reply) => {
		const door = find(store.doors, request);
		const person = store.people.get(Number(bodyOf(request).person_id));
		if (!person) throw notFound();
		const allowed = person.enabled === true && ((person.groups as number[]).length > 0 || (person.roles as number[]).length > 0);
		if (!allowed) throw new Refusal(403, { error: 'Access denied', reason: 'Person does not have access to this channel' });
		const admission = startAdmission(store, door, person, raise);
		return reply.code(202).send({ admission_request_id: admission.id, status: 'pending' });
	});
	const command = (name: string, change: (door: Door, body: Body) => void): void => {
		app.post(`/api/3/channels/:id/${name}`, { preHandler: async (request) => scoped(control)(request) }, async (request) => {
			const door = find(store.doors, request);
			change(door, bodyOf(request));
			door.updated_at = now();
			return doorView(door);
		});
	};
	command('unlock', (door, body) => {
		door.mode = { description: 'unlock', relock_at: body.relock_at ?? null, change_stamp: now() };
	});
	command('normal', (door) => {
		door.mode = { description: 'normal', relock_at: null, change_stamp: now() };
	});
	command('lockdown', (door, body) => {
		door.lockdown = {
			message: 'Locked down',
			card_lockdown: { state: body.card_lockdown === true },
			rex_lockdown: { state: body.rex_lockdown === true },
			aux_lockdown: { state: body.aux_lockdown === true },
		};
	});
	command('unlockdown', (door) => {
		door.lockdown = null;
	});
	command('auto_unlock', (door, body) => {
		if (body.shift_id !== null && body.shift_id !== undefined && body.shift_id !== 10) {
			throw new Refusal(400, { success: false, message: `No shift found for shift_id - ${String(body.shift_id)}` });
		}
		door.auto_unlock = body.shift_id ? { id: 10, name: 'Office Hours' } : null;
	});
	command('regenerate_encryption_key', (door) => {
		door.status = 'pending_encryption';
	});
	command('remove_encryption_key', (door) => {
		door.status = 'online';
	});
	app.get('/api/3/admission_requests/:id', { preHandler: async (request) => scoped('account.channel.readonly', control, 'account.channel.admit.person')(request) }, async (request) => find(store.admissions, request));

	// Reservations
	const checkWindow = (body: Body, sameDay: boolean): void => {
		const zone = store.config.accountTimeZone;
		const start = DateTime.fromISO(String(body.start_time), { zone });
		const end = DateTime.fromISO(String(body.end_time), { zone });
		const errors: Record<string, string[]> = {};
		if (!store.people.has(Number(body.person_id))) errors.person_id = ['Not found for this account'];
		if (!start.isValid) errors.start_time = ["can't be blank"];
		if (!end.isValid) errors.end_time = ["can't be blank"];
		else if (end <= start) errors.end_time = ['must be after the start time'];
		else if (sameDay && !start.hasSame(end, 'day')) errors.end_time = ['must be on the same day as the start time'];
		else if (end.toMillis() < Date.now()) errors.end_time = ['must be in the future'];
		if (Object.keys(errors).length > 0) throw unprocessable(errors);
	};
	const reservation = (path: string, scope: string, rows: () => Map<number, Row>, make: (body: Body) => Body): void => {
		app.get(`/api/3/${path}`, { preHandler: async (request) => scoped(`${scope}.readonly`)(request) }, async (request, reply) =>
			paged(request, reply, [...rows().values()].filter((row) => Date.parse(String(row.end_time)) >= Date.now()).filter(since(request)), PAGE),
		);
		app.post(`/api/3/${path}`, { preHandler: async (request) => scoped(scope)(request) }, async (request, reply) => {
			const row: Row = { id: store.nextId(), ...make(bodyOf(request)), created_at: now(), updated_at: now() };
			rows().set(row.id, row);
			return reply.code(201).send(row);
		});
		app.delete(`/api/3/${path}/:id`, { preHandler: async (request) => scoped(scope)(request) }, async (request) => {
			rows().delete(find(rows(), request).id);
			return { result: 'ok' };
		});
	};
	reservation('reservations', 'account.reservation', () => store.reservations, (body) => {
		checkWindow(body, true);
		const doors = (body.channel_ids ?? body.door_controller_ids ?? []) as number[];
		if (!Array.isArray(doors) || doors.length === 0 || !doors.every((id) => store.doors.has(id))) throw unprocessable({ channel_ids: ['Not found for this account'] });
		return { person_id: Number(body.person_id), start_time: body.start_time, end_time: body.end_time, channel_ids: doors };
	});
	reservation('group_reservations', 'account.group_reservation', () => store.groupReservations, (outer) => {
		const body = (outer.group_reservation ?? {}) as Body;
		checkWindow(body, false);
		const groups = (body.group_ids ?? []) as number[];
		if (!Array.isArray(groups) || groups.length === 0 || !groups.every((id) => store.groups.some((group) => group.id === id))) throw unprocessable({ group_ids: ['Not found for this account'] });
		const state = Date.parse(String(body.start_time)) <= Date.now() ? 'active' : 'pending';
		return { person_id: Number(body.person_id), start_time: body.start_time, end_time: body.end_time, group_ids: groups, state };
	});

	// Events
	const ALLOWED = (code: number): boolean => [[1, 3], [10, 18], [20, 37], [40, 42], [50, 63], [70, 73], [90, 91], [100, 107], [220, 220], [223, 225]].some(([from, to]) => code >= (from ?? 0) && code <= (to ?? 0));
	app.get('/api/3/events', { preHandler: async (request) => scoped('account.event.access.readonly')(request) }, async (request, reply) => {
		const query = request.query as Record<string, string>;
		const list = (text?: string): number[] => (text ?? '').split(',').filter(Boolean).map(Number);
		const codes = list(query.event_codes);
		const wrong = codes.filter((code) => !ALLOWED(code));
		if (wrong.length > 0) throw new Refusal(400, { error: 'bad_request', error_description: `The following event codes are not valid for this method: ${wrong.join(', ')}` });
		const doors = list(query.channels ?? query.door_controllers);
		const access = (code: number): boolean => (code >= 10 && code <= 29) || (code >= 70 && code <= 73);
		const limit = query.since ? Date.parse(query.since) : Date.now() - 90 * 86_400_000;
		const found = store.events.filter((event) => {
			const code = event.event_code as number;
			const name = String(event.person_name ?? '').toLowerCase();
			return (
				(codes.length > 0 ? codes.includes(code) : query.level === 'debug' || access(code)) &&
				(doors.length === 0 || doors.includes(event.channel_id as number)) &&
				(!query.first_name || name.startsWith(query.first_name.toLowerCase())) &&
				(!query.last_name || name.endsWith(query.last_name.toLowerCase())) &&
				Date.parse(String(event.created_at)) >= limit
			);
		});
		if (query.sort !== 'ASC') found.reverse();
		return paged(request, reply, found, { name: 'n', standard: 50, max: 1000 });
	});
	app.get('/api/3/events/:id', { preHandler: async (request) => scoped('account.event.access.readonly')(request) }, async (request) => find(store.eventById, request));

	// Notification rules
	const rule = (body: Body): Body => {
		const codes = body.match_event_codes as number[] | undefined;
		const errors: Record<string, string[]> = {};
		if (!body.name) errors.name = ["can't be blank"];
		if (!body.call_back_url) errors.call_back_url = ["can't be blank"];
		if (!Array.isArray(codes) || codes.length === 0) errors.match_event_codes = ["can't be blank"];
		if (Object.keys(errors).length > 0) throw unprocessable(errors);
		return {
			name: body.name,
			active: body.active ?? true,
			conditions: ((body.match_controller_ids ?? []) as number[]).map((id) => ({ type: 'door_controller_id', type_description: 'Door', value: String(id) })),
			events: (codes ?? []).map((code) => ({ code, name: `Event ${code}` })),
			actions: [{ type: 0, type_description: 'Call back', data: body.call_back_url }],
		};
	};
	const rules = 'account.notification_rule';
	app.get('/api/3/notification_rules', { preHandler: async (request) => scoped(`${rules}.readonly`)(request) }, async () => [...store.rules.values()]);
	app.post('/api/3/notification_rules', { preHandler: async (request) => scoped(rules)(request) }, async (request) => {
		const row: Row = { id: store.nextId(), ...rule(bodyOf(request)) };
		store.rules.set(row.id, row);
		return row;
	});
	app.get('/api/3/notification_rules/:id', { preHandler: async (request) => scoped(`${rules}.readonly`)(request) }, async (request) => find(store.rules, request));
	app.put('/api/3/notification_rules/:id', { preHandler: async (request) => scoped(rules)(request) }, async (request) => Object.assign(find(store.rules, request), rule(bodyOf(request))));
	app.delete('/api/3/notification_rules/:id', { preHandler: async (request) => scoped(rules)(request) }, async (request) => {
		store.rules.delete(find(store.rules, request).id);
		return { result: 'ok' };
	});

	app.post('/api/3/sync', { preHandler: async (request) => scoped('account.sync')(request) }, async (_request, reply) => {
		const wait = Math.ceil(store.lastSync / 1000 + store.config.syncLimitSeconds - Date.now() / 1000);
		if (wait > 0) {
			return reply.code(429).header('Retry-After', wait).send({ error: 'rate_limited', description: 'A sync was started a short time ago', retry_in: wait });
		}
		store.lastSync = Date.now();
		return { result: 'ok' };
	});
}
