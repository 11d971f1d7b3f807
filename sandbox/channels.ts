import { OFFICE_HOURS } from './accounts';
import type { Api, Body, Call } from './api';
import { obstacleFor, settleMode, startAdmission } from './doors';
import { notFound, Refusal } from './errors';
import type { Door, Row, Store } from './store';
import { now, readTime } from './time';

function view(door: Door): Body {
	settleMode(door, Date.now());
	return { ...door, sensor: undefined };
}

/** Why a person may not be let in from afar, as DoorFlow would say it; undefined when they may. */
function reasonAgainst(store: Store, door: Door, person: Row): string | undefined {
	const obstacle = obstacleFor(store, store, person, door, Date.now());
	if (obstacle === 'noAccess') return 'Person does not have access to this channel';
	if (obstacle === 'outOfHours') return 'Person is not valid at this time';
	if (store.credentialsOf(person.id).length === 0)
		return 'Person does not have valid credentials for this channel';
	return undefined;
}

/** DoorFlow's operations on doors, which it calls channels. */
export function registerChannels(api: Api): void {
	const READ = ['account.channel.readonly'];
	const CONTROL = ['account.channel.admit'];
	const ADMIT_PERSON = ['account.channel.admit.person'];

	api.on('GET', 'channels', READ, (call) => {
		const site = call.query.site_id;
		return call
			.page([...call.store.doors.values()].filter((door) => !site || door.site_id === Number(site)))
			.map(view);
	});
	api.on('GET', 'channels/:id', READ, (call) => view(call.find(call.store.doors)));

	const admit = (call: Call, door: Door, person?: Row): unknown => {
		const { store, reply } = call;
		const request = startAdmission(store, door, person, (event) => api.webhooks.raise(store, event, 'Event'));
		return reply.code(202).send({ admission_request_id: request.id, status: 'pending' });
	};
	api.on('POST', 'channels/:id/admit', CONTROL, (call) => {
		const door = call.find(call.store.doors);
		// DoorFlow: only in normal mode; the refusal shows the channel.
		if ((view(door).mode as Body).description !== 'normal') throw new Refusal(400, view(door));
		return admit(call, door);
	});
	api.on('POST', 'channels/:id/admit_person', ADMIT_PERSON, (call) => {
		const door = call.find(call.store.doors);
		const person = call.store.people.get(call.body.person_id as number);
		if (!person) throw notFound();
		const reason = reasonAgainst(call.store, door, person);
		if (reason) throw new Refusal(403, { error: 'Access denied', reason });
		return admit(call, door, person);
	});
	api.on('GET', 'admission_requests/:id', [...CONTROL, ...ADMIT_PERSON], (call) =>
		call.find(call.store.admissions),
	);

	const command = (name: string, change: (door: Door, body: Body, store: Store) => void): void => {
		api.on('POST', `channels/:id/${name}`, CONTROL, (call) => {
			const door = call.find(call.store.doors);
			// DoorFlow knows "command failed" for these only; the refusal shows the channel.
			if (door.status === 'offline' && ['normal', 'lockdown', 'unlockdown'].includes(name))
				throw new Refusal(400, view(door));
			change(door, call.body, call.store);
			door.updated_at = now();
			return view(door);
		});
	};
	command('unlock', (door, { relock_at: relockAt }, store) => {
		const time = readTime(relockAt, store.timeZone);
		// A door must not stay open for ever because a time could not be read.
		if (relockAt !== undefined && relockAt !== null && !time)
			throw new Refusal(400, { error: 'bad_request', error_description: 'relock_at is not a date' });
		door.mode = {
			description: 'unlock',
			relock_at: time ? time.toUTC().toISO({ suppressMilliseconds: true }) : null,
			change_stamp: now(),
		};
	});
	command('normal', (door) => {
		door.mode = { description: 'normal', relock_at: null, change_stamp: now() };
	});
	command('lockdown', (door, body) => {
		const { card_lockdown: card, rex_lockdown: rex, aux_lockdown: aux } = body;
		door.lockdown = {
			message: 'Cards and PINs are rejected where locked down',
			// A lockdown that names nothing has to lock something.
			card_lockdown: {
				state: card === true || (card === undefined && rex === undefined && aux === undefined),
			},
			rex_lockdown: { state: rex === true },
			aux_lockdown: { state: aux === true },
		};
	});
	command('unlockdown', (door) => {
		door.lockdown = null;
	});
	command('auto_unlock', (door, { shift_id: shift }) => {
		if (shift !== null && shift !== undefined && shift !== OFFICE_HOURS.id) {
			throw new Refusal(400, { success: false, message: `No shift found for shift_id - ${String(shift)}` });
		}
		door.auto_unlock = shift ? { ...OFFICE_HOURS } : null;
	});
	command('regenerate_encryption_key', (door) => {
		if (door.status !== 'offline') door.status = 'pending_encryption';
	});
	command('remove_encryption_key', (door) => {
		if (door.status !== 'offline') door.status = 'online';
	});
}
