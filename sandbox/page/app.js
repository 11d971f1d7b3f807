const byId = (id) => document.getElementById(id);

/** Data becomes text only: a visitor may be called anything. */
function make(tag, text = '', className = '') {
	const element = document.createElement(tag);
	element.textContent = text;
	if (className) element.className = className;
	return element;
}

async function control(path, body) {
	const answer = await fetch(`/_sandbox/${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body ?? {}) });
	const said = await answer.json();
	await show();
	return said;
}

async function present(door, value) {
	const said = byId('said');
	if (!value) {
		said.className = 'denied';
		said.textContent = 'Type a PIN or a card number first.';
		return;
	}
	const event = await control('present', { channelId: door.id, value });
	said.className = event.event_code >= 20 && event.event_code < 30 ? 'denied' : 'granted';
	said.textContent = `${door.name}: ${event.event_label}${event.person_name ? ` – ${event.person_name}` : ''}`;
}

/** Built once, so that typing is not disturbed by what happens elsewhere. */
const doorCards = new Map();

function doorCard(door) {
	const card = make('article', '', 'card');
	const state = make('div', '', 'hint');
	const form = make('form', '', 'row');
	const input = make('input');
	input.setAttribute('aria-label', `PIN or card number at ${door.name}`);
	input.setAttribute('list', 'values');
	input.placeholder = 'PIN or card';
	input.autocomplete = 'off';
	form.append(input, make('button', 'Present'));
	form.addEventListener('submit', (submitted) => {
		submitted.preventDefault();
		void present(door, input.value.trim());
	});
	const moves = make('div', '', 'row');
	for (const [name, label] of [['forced', 'Force'], ['heldOpen', 'Hold open'], ['normal', 'Close']]) {
		const button = make('button', label, 'quiet');
		button.setAttribute('aria-label', `${label}: ${door.name}`);
		button.addEventListener('click', () => void control('door', { channelId: door.id, state: name }));
		moves.append(button);
	}
	card.append(make('h3', door.name), state, form, moves);
	byId('doors').append(card);
	return { card, state };
}

function showDoor(door) {
	if (!doorCards.has(door.id)) doorCards.set(door.id, doorCard(door));
	const { card, state } = doorCards.get(door.id);
	const sensor = { forced: 'forced open', heldOpen: 'held open', normal: 'closed' }[door.sensor];
	state.textContent = [door.site, door.online ? 'online' : 'offline', door.mode === 'unlock' ? 'unlocked' : 'locked', ...(door.lockdown ? ['lockdown'] : []), sensor].join(' · ');
	card.className = `card${door.sensor !== 'normal' || door.lockdown ? ' alarm' : door.mode === 'unlock' ? ' open' : ''}`;
}

function showEvents({ events, deliveries }) {
	byId('events').replaceChildren(
		...events.map((event) => {
			const line = make('li', `${event.event_label}${event.person_name ? ` – ${event.person_name}` : ''} (${event.channel_name ?? ''})`);
			const delivery = deliveries.find(({ resourceId }) => resourceId === String(event.id));
			const last = delivery?.attempts.at(-1);
			const told = !delivery ? 'no webhook' : delivery.acknowledged ? `webhook acknowledged after ${delivery.attempts.length} delivery` : last ? `webhook answered with ${last.status}, not acknowledged` : 'webhook on its way';
			line.append(make('small', `${new Date(event.created_at).toLocaleTimeString()} · code ${event.event_code} · ${told}`));
			return line;
		}),
	);
}

function showPeople(people) {
	byId('people').replaceChildren(
		...people.toReversed().map((person) => {
			const row = make('tr');
			const credentials = person.credentials.map(({ label, value, status }) => `${label} ${value ?? `(${status})`}`).join(', ');
			row.append(make('td', person.enabled ? person.name : `${person.name} (disabled)`), make('td', person.email ?? ''), make('td', person.groups.join(', ')), make('td', credentials));
			return row;
		}),
	);
	const values = byId('values') ?? make('datalist');
	values.id = 'values';
	values.replaceChildren(
		...people.flatMap((person) =>
			person.credentials.filter(({ value }) => value).map(({ label, value }) => {
				const option = make('option', `${person.name}: ${label}`);
				option.value = value;
				return option;
			}),
		),
	);
	document.body.append(values);
}

let shown = '';

async function show() {
	const connection = byId('connection');
	const answer = await fetch('/_sandbox/state').catch(() => undefined);
	if (!answer?.ok) {
		connection.textContent = 'The sandbox does not answer.';
		connection.className = 'bad';
		return;
	}
	const text = await answer.text();
	if (text === shown) return;
	shown = text;
	const state = JSON.parse(text);
	byId('account').textContent = state.account.name;
	connection.textContent = state.tokens.connected ? 'n8n is connected' : 'nobody is connected';
	connection.className = state.tokens.connected ? '' : 'bad';
	state.doors.forEach(showDoor);
	showEvents(state);
	byId('outbox').replaceChildren(
		...state.outbox.map((message) => {
			const line = make('li', String(message.text ?? JSON.stringify(message)));
			line.append(make('small', `${new Date(message.at).toLocaleTimeString()} · to ${String(message.to ?? 'nobody')}`));
			return line;
		}),
	);
	showPeople(state.people);
	byId('tokens').textContent = `Tokens: ${state.tokens.issued} issued, ${state.tokens.refreshed} refreshed, ${state.tokens.refused} refused.`;
}

byId('knobs').addEventListener('submit', (submitted) => {
	submitted.preventDefault();
	const fields = new FormData(submitted.target);
	void control('config', Object.fromEntries([...fields].map(([name, value]) => [name, Number(value)])));
});
byId('expire').addEventListener('click', () => void control('expire-tokens'));
byId('revoke').addEventListener('click', () => void control('revoke-application'));

await show();
setInterval(() => void show(), 1000);
