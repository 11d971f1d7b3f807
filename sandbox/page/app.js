import { byId, fill, make, setChip } from './dom.js';
import { settleDoors, showDoors } from './doors.js';
import { showPeople } from './people.js';
import { showMessages, showStream } from './stream.js';
import { showKnobs, showTokens, tick } from './tokens.js';

const EVERY_MS = 1000;

const accountPicker = byId('account');
const connection = byId('connection');
let shown = '';

function showHead({ account, accounts, tokens }) {
	fill(
		accountPicker,
		accounts.map(({ id, name }) => [id, name]),
		(list) =>
			list.map(([id, name]) => {
				const option = make('option', name);
				option.value = id;
				return option;
			}),
	);
	if (document.activeElement !== accountPicker) accountPicker.value = account.id;
	setChip(
		connection,
		tokens.connected ? 'online' : 'offline',
		tokens.connected ? 'Application connected' : 'Nobody is connected',
		tokens.connected ? 'good' : 'off',
	);
	byId('how').hidden = tokens.connected;
}

async function show() {
	const wish = accountPicker.value;
	const answer = await fetch(`/_sandbox/state?account=${encodeURIComponent(wish)}`).catch(() => undefined);
	// Another account was chosen in the meantime.
	if (wish !== accountPicker.value) return;
	if (!answer?.ok) {
		setChip(connection, 'alarm', 'The sandbox does not answer', 'bad');
		shown = '';
		return;
	}
	const text = await answer.text();
	if (text !== shown) {
		shown = text;
		const state = JSON.parse(text);
		for (const part of [showHead, showDoors, showStream, showPeople, showMessages, showTokens, showKnobs])
			part(state);
	}
	settleDoors();
	tick();
}

let running = false;
let again = false;

/** One look at a time; a wish in between is heard afterwards. */
async function refresh() {
	if (running) {
		again = true;
		return;
	}
	running = true;
	do {
		again = false;
		await show();
	} while (again);
	running = false;
}

accountPicker.addEventListener('change', () => void refresh());
document.addEventListener('changed', () => void refresh());
document.addEventListener('visibilitychange', () => void refresh());
// What happens is told at once; what changes without news (people, settings) is seen at the next look.
new EventSource('/_sandbox/stream').addEventListener('state', () => void refresh());
setInterval(() => {
	if (!document.hidden) void refresh();
}, EVERY_MS);
await refresh();
