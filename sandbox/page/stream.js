import { byId, chip, fill, keyed, make, setChip, setClass, setText, told, when } from './dom.js';
import { own, refuses } from './doors.js';

/** Icon, tone and a word for what kind of event it is. */
function kind(code) {
	if (refuses(code)) return ['no', 'bad', 'Refused'];
	if ((code >= 10 && code <= 19) || code === 50) return ['yes', 'good', 'Let in'];
	if (code === 32) return ['alarm', 'bad', 'Alarm'];
	if (code === 33) return ['clock', 'warn', 'Warning'];
	if (code === 3) return ['offline', 'off', 'Connection'];
	if (code === 1) return ['online', '', 'Connection'];
	return ['none', '', 'Door'];
}

const ACTIONS = { CREATE: 'created', UPDATE: 'changed', DESTROY: 'removed' };

const answer = (status) =>
	typeof status === 'number'
		? `answered ${status}`
		: status === 'TimeoutError'
			? 'no answer in time'
			: status === 'AbortError'
				? 'cut off'
				: 'could not be reached';

const good = (status) => typeof status === 'number' && status >= 200 && status < 300;

/** Where a notification stands, in one chip. */
function standing(delivery) {
	if (!delivery) return ['none', 'No webhook', 'off'];
	const { attemptCount, acknowledged, dropped, attempts } = delivery;
	const times = attemptCount > 1 ? `, sent ${attemptCount}×` : '';
	if (acknowledged) return ['yes', `Acknowledged${times}`, 'good'];
	if (dropped) return ['barred', `Given up${times}`, 'off'];
	const last = attempts.at(-1);
	if (!last) return ['send', 'On its way', ''];
	return good(last.status)
		? ['wait', `Not acknowledged yet${times}`, 'warn']
		: ['no', `${capital(answer(last.status))}${times}`, 'bad'];
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function explained(delivery) {
	if (!delivery)
		return 'None was sent. DoorFlow sends a webhook only if it has an address to send it to, and a connected application may read events. It sends none when a door goes offline or comes back online.';
	if (delivery.acknowledged) return 'Fetched with its ack_token, so DoorFlow won’t send it again.';
	if (delivery.dropped)
		return 'No longer sent: before it was acknowledged, the application was revoked or the list was cleared.';
	return 'DoorFlow sends it again, with a new signature each time, until its resource is fetched with the ack_token.';
}

function facts(pairs) {
	const list = make('dl', '', 'facts');
	for (const [name, value] of pairs)
		if (value !== null && value !== undefined && value !== '')
			list.append(make('dt', name), make('dd', String(value)));
	return list;
}

function readable(body) {
	try {
		return JSON.stringify(JSON.parse(body), null, 2);
	} catch {
		// Too long to be shown whole.
		return body;
	}
}

/** The request as it went over the wire, the last time. */
function signed(delivery, address) {
	const last = delivery.attempts.at(-1);
	if (!last) return [];
	const box = make('div', '', 'wire');
	const headers = make('dl', '', 'facts mono');
	for (const [name, value] of [
		['POST', address],
		['Content-Type', 'application/json'],
		['Timestamp', last.timestamp],
		['Signature', last.signature],
	]) {
		const data = make('dd', value);
		data.dataset.header = name;
		headers.append(make('dt', name), data);
	}
	const body = make('pre', readable(delivery.body));
	body.tabIndex = 0;
	body.setAttribute('role', 'region');
	body.setAttribute('aria-label', 'Body of the webhook');
	body.dataset.body = delivery.body;
	box.append(
		headers,
		body,
		make(
			'p',
			'The signature is the HMAC-SHA256 of “Timestamp.body”, keyed with the client secret. The body was signed as a single line; its ack_token is shortened here.',
			'hint',
		),
	);
	return [make('h4', 'Signed webhook'), box];
}

function attempts(delivery) {
	if (delivery.attempts.length === 0) return [];
	const list = make('ol', '', 'attempts');
	list.start = delivery.attemptCount - delivery.attempts.length + 1;
	list.append(
		...delivery.attempts.map(({ at, status, said }) => {
			const line = make('li');
			const fine = good(status);
			line.append(make('time', when(at)), chip(fine ? 'yes' : 'no', answer(status), fine ? 'good' : 'bad'));
			if (said) line.append(make('span', said, 'hint'));
			return line;
		}),
	);
	const hidden = delivery.attemptCount - delivery.attempts.length;
	return [
		make(
			'h4',
			hidden > 0 ? `Attempts (the last ${delivery.attempts.length} of ${delivery.attemptCount})` : 'Attempts',
		),
		list,
	];
}

function line() {
	const item = make('li');
	const details = make('details');
	const summary = make('summary');
	const mark = make('span');
	const title = make('span', '', 'title');
	const where = make('span', '', 'where');
	const state = make('span');
	const inside = make('div', '', 'inside');
	const words = make('span', '', 'words');
	words.append(title, where);
	summary.append(words, mark, state);
	details.append(summary, inside);
	item.append(details);
	item.update = ({ event, delivery, address }) => {
		const [name, tone, word] = event ? kind(event.event_code) : ['key', '', 'Credential'];
		setChip(mark, name, word, `${tone} mark`);
		setText(
			title,
			event
				? told(event)
				: `Credential ${ACTIONS[delivery.action] ?? delivery.action}${delivery.about ? `: ${delivery.about}` : ''}`,
		);
		setText(
			where,
			event
				? [when(event.created_at), event.channel_name].filter(Boolean).join(' · ')
				: when(delivery.raisedAt),
		);
		setChip(state, ...standing(delivery));
		if (details.open) show({ event, delivery, address });
		item.now = { event, delivery, address };
	};
	/** What is inside is made when somebody looks. */
	const show = ({ event, delivery, address }) =>
		fill(inside, { event, delivery, address }, () => [
			facts(
				event
					? [
							['Event', event.id],
							['Code', event.event_code],
							['Door', event.channel_name],
							['Person', event.person_name],
							['Credential', event.credentials_number],
							['Time', event.created_at],
						]
					: [
							['Credential', delivery.resourceId],
							['Time', delivery.raisedAt],
						],
			),
			make('p', explained(delivery), 'hint'),
			...(delivery ? [...signed(delivery, address), ...attempts(delivery)] : []),
		]);
	details.addEventListener('toggle', () => {
		if (details.open) show(item.now);
	});
	return item;
}

/** Undefined before the first look: what lies in the past is not news. */
let newest;

/** Says what happened elsewhere, once, without moving anybody's focus. */
function announce(events, account) {
	const known = newest?.account === account ? newest.ids : undefined;
	newest = { account, ids: new Set(events.map(({ id }) => id)) };
	const fresh = known ? events.filter(({ id }) => !known.has(id) && !own.delete(id)) : [];
	if (fresh.length === 0) return;
	const [{ event_label: label, person_name: person, channel_name: door }] = fresh;
	const more = fresh.length > 1 ? ` (and ${fresh.length - 1} more)` : '';
	setText(byId('announcer'), `${door ?? 'DoorFlow'}: ${label}${person ? ` – ${person}` : ''}${more}`);
}

/** Events, and notifications that no event stands for, newest first. */
export function showStream({ account, events, deliveries, config }) {
	announce(events, account.id);
	const address = config.webhookUrl || '(no address set)';
	const byEvent = new Map();
	// The newest comes first and stays.
	for (const delivery of deliveries)
		if (delivery.resourceType !== 'PersonCredential' && !byEvent.has(delivery.resourceId))
			byEvent.set(delivery.resourceId, delivery);
	const entries = [
		...events.map((event) => ({
			key: `e${event.id}`,
			at: Date.parse(event.created_at),
			event,
			delivery: byEvent.get(String(event.id)),
			address,
		})),
		...deliveries
			.filter(({ resourceType }) => resourceType === 'PersonCredential')
			.map((delivery) => ({ key: `d${delivery.id}`, at: Date.parse(delivery.raisedAt), delivery, address })),
	];
	// Events are timed in whole seconds, so those of one second keep the order in which they came.
	entries.sort((one, other) => Math.floor(other.at / 1000) - Math.floor(one.at / 1000));
	keyed(byId('events'), entries.slice(0, 100), ({ key }) => `${account.id}${key}`, line);
	byId('events').hidden = entries.length === 0;
	byId('no-events').hidden = entries.length > 0;
}

function bubble() {
	const item = make('li', '', 'bubble');
	const to = make('span', '', 'to');
	const text = make('p');
	const time = make('time');
	item.append(to, text, time);
	item.update = (message) => {
		setText(to, `To ${String(message.to ?? 'nobody')}`);
		setText(text, String(message.text ?? JSON.stringify(message)));
		setText(time, when(message.at));
	};
	return item;
}

/** What workflows sent. */
export function showMessages({ outbox, config }) {
	// Nothing else tells two messages apart; the oldest keeps its number while newer ones come.
	keyed(
		byId('outbox'),
		outbox,
		(message) =>
			`${message.at}|${outbox
				.filter(({ at }) => at === message.at)
				.toReversed()
				.indexOf(message)}`,
		bubble,
	);
	byId('outbox').hidden = outbox.length === 0;
	const none = byId('no-messages');
	none.hidden = outbox.length > 0;
	setText(
		none,
		config.webhookUrl
			? 'No messages yet. Present a credential: a workflow that starts on this event can send one.'
			: 'No messages yet. A workflow can send one: POST /_sandbox/outbox with "to" and "text".',
	);
	setClass(none, 'empty');
}
