import { attempt, byId, command, fill, make, setChip, setClass, setText, sure } from './dom.js';

function duration(seconds) {
	if (seconds >= 3600) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
	return seconds >= 60 ? `${Math.floor(seconds / 60)} min ${seconds % 60} s` : `${seconds} s`;
}

let shown;

/** Whether the application is connected, and what its tokens came to. */
export function showTokens(state) {
	shown = state;
	const { account, accounts, tokens } = state;
	const here = accounts.find(({ id }) => id === account.id)?.connected ?? false;
	const others = accounts
		.filter(({ id, connected }) => id !== account.id && connected)
		.map(({ name }) => name);
	const standing = make('span');
	setChip(
		standing,
		here ? 'online' : 'offline',
		here ? `Connected to ${account.name}` : `Not connected to ${account.name}`,
		here ? 'good' : 'off',
	);
	const advice = here
		? ''
		: 'In n8n, open the DoorFlow credential, enter this page’s address as API Base URL, and press Connect (client ID sandbox-client, secret sandbox-secret).';
	fill(byId('standing'), [account.name, here, others], () => [
		standing,
		make(
			'span',
			[advice, others.length > 0 ? `Also connected: ${others.join(', ')}.` : ''].filter(Boolean).join(' '),
			'hint',
		),
	]);
	tick();
	fill(byId('scopes'), tokens.granted, (list) => list.map((scope) => make('li', scope)));
	byId('granted').hidden = tokens.granted.length === 0;
}

/** Called every second, for the time that is left. */
export function tick() {
	if (!shown) return;
	const { tokens } = shown;
	const left = tokens.liveUntil
		? Math.max(0, Math.round((Date.parse(tokens.liveUntil) - Date.now()) / 1000))
		: 0;
	fill(
		byId('counts'),
		[
			['Issued', tokens.issued],
			['Refreshed', tokens.refreshed],
			['Refused', tokens.refused],
			['Valid now', tokens.live],
			['Access token ends in', left > 0 ? duration(left) : '–'],
		],
		(list) =>
			list.map(([name, value]) => {
				const pair = make('div');
				pair.append(make('dt', name), make('dd', String(value)));
				return pair;
			}),
	);
}

const knobs = byId('knobs');
const fields = [...knobs.elements].filter(({ name }) => name);

/** Between a setting and what its field shows. */
const toField = (field, value) =>
	'percent' in field.dataset ? String(Math.round(value * 10_000) / 100) : String(value);
const toSetting = (field) =>
	field.type !== 'number'
		? field.value
		: field.value === ''
			? NaN
			: 'percent' in field.dataset
				? Number(field.value) / 100
				: Number(field.value);

const isChanged = (field) => field.dataset.now !== undefined && field.value !== field.dataset.now;

function mark() {
	for (const field of fields) field.classList.toggle('changed', isChanged(field));
}

/** Shows the settings as they are; what somebody is about to change waits for "Apply". */
export function showKnobs({ config }) {
	for (const field of fields) {
		const value = toField(field, config[field.name]);
		if (!isChanged(field)) field.value = value;
		field.dataset.now = value;
	}
	mark();
	fill(byId('settings'), config, (all) =>
		Object.entries(all).flatMap(([name, value]) => [
			make('dt', name),
			make(
				'dd',
				value === '' ? '(empty)' : typeof value === 'object' ? JSON.stringify(value) : String(value),
			),
		]),
	);
}

const knobsSaid = byId('knobs-said');
const tokensSaid = byId('tokens-said');

function say(where, text) {
	setClass(where, 'said good');
	setText(where, text);
}

const undo = () => {
	for (const field of fields) if (field.dataset.now !== undefined) field.value = field.dataset.now;
	mark();
};

async function apply(wish, text) {
	const config = await command('config', wish);
	// What was applied is no longer a change.
	for (const field of fields)
		if (field.name in wish) field.dataset.now = field.value = toField(field, config[field.name]);
	mark();
	say(knobsSaid, text);
}

knobs.addEventListener('input', mark);
knobs.addEventListener('submit', (submitted) => {
	submitted.preventDefault();
	void attempt(knobsSaid, async () => {
		const changed = fields.filter(isChanged);
		const wrong = changed.find((field) => Number.isNaN(toSetting(field)) || !field.checkValidity());
		if (wrong) {
			wrong.focus();
			throw new Error(wrong.validationMessage || 'Enter a number, or undo the change.');
		}
		if (changed.length === 0) return say(knobsSaid, 'Nothing was changed.');
		await apply(Object.fromEntries(changed.map((field) => [field.name, toSetting(field)])), 'Applied.');
	});
});
byId('undo').addEventListener('click', () => {
	undo();
	say(knobsSaid, 'Changes undone.');
});
byId('calm').addEventListener(
	'click',
	() =>
		void attempt(
			knobsSaid,
			async () =>
				await apply(
					{ latencyMs: 0, failureRate: 0, rateLimitPerSecond: 0 },
					'No delay, no failures, no limit.',
				),
		),
);

byId('expire').addEventListener(
	'click',
	() =>
		void attempt(tokensSaid, async () => {
			if (shown.tokens.live === 0) return say(tokensSaid, 'No access token is valid at the moment.');
			await command('expire-tokens');
			say(tokensSaid, 'All access tokens have expired. Before the next request, n8n must refresh its token.');
		}),
);
byId('revoke').addEventListener(
	'click',
	() =>
		void attempt(tokensSaid, async () => {
			if (!shown.tokens.connected)
				return say(tokensSaid, 'Nobody is connected, so there is nothing to revoke.');
			if (
				!(await sure(
					'Revoke the application?',
					'All tokens and webhooks stop working at once, in every account, as when a customer revokes the application in DoorFlow’s settings. To restore them, connect again in n8n.',
					'Revoke',
				))
			)
				return;
			await command('revoke-application');
			say(tokensSaid, 'Revoked. The application can’t do anything until you connect it again.');
		}),
);
byId('reset').addEventListener(
	'click',
	() =>
		void attempt(byId('announcer'), async () => {
			if (
				!(await sure(
					'Reset the sandbox?',
					'This restores people, doors, events, messages and settings to their initial state. Connections and the webhook address stay.',
					'Reset',
				))
			)
				return;
			await command('reset');
			undo();
			setClass(byId('announcer'), 'unseen');
			setText(byId('announcer'), 'The sandbox was reset.');
		}),
);
