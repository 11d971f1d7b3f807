import { byId, chip, fill, icon, keyed, make, setClass, setText, whenRoughly } from './dom.js';

const ICONS = { pin: 'pin', card: 'card' };
const STATUS = {
	invited: ['wait', 'invited', 'warn'],
	active: ['yes', 'active', 'good'],
	revoking: ['wait', 'being revoked', 'warn'],
	revoked: ['barred', 'revoked', 'off'],
};

/** Whether somebody may come in at all, by switch and dates. */
function validity({ enabled, validFrom, validTo }) {
	if (!enabled) return ['barred', 'Disabled', 'bad'];
	if (validTo && Date.parse(validTo) < Date.now()) return ['clock', `Ended ${whenRoughly(validTo)}`, 'bad'];
	if (validFrom && Date.parse(validFrom) > Date.now())
		return ['clock', `From ${whenRoughly(validFrom)}`, 'warn'];
	return validTo ? ['clock', `Until ${whenRoughly(validTo)}`, 'good'] : ['yes', 'Enabled', 'good'];
}

function credentialLine({ label, mobile, value, status }) {
	const line = make('li');
	const kind = mobile ? 'phone' : (ICONS[label.toLowerCase()] ?? (/pin|code/i.test(label) ? 'pin' : 'card'));
	line.append(icon(kind), make('span', label));
	if (value !== null) line.append(make('code', value));
	if (status !== null) line.append(chip(...(STATUS[status] ?? ['none', status, ''])));
	return line;
}

function card() {
	const item = make('li', '', 'person');
	const name = make('h3');
	const state = make('span');
	const email = make('p', '', 'email');
	const groups = make('p', '', 'chips');
	const credentials = make('ul', '', 'credentials');
	const bookings = make('ul', '', 'bookings');
	const head = make('div', '', 'head');
	head.append(name, state);
	item.append(head, email, groups, credentials, bookings);
	item.update = (person) => {
		setClass(item, person.enabled ? 'person' : 'person off');
		setText(name, person.name);
		setText(email, person.email ?? '');
		fill(state, validity(person), (one) => [chip(...one)]);
		fill(groups, person.groups, (list) =>
			list.length > 0
				? list.map((group) => make('span', group, 'tag'))
				: [make('span', 'No groups', 'tag none')],
		);
		fill(credentials, person.credentials, (list) =>
			list.length > 0 ? list.map(credentialLine) : [make('li', 'No credential: can’t open any door', 'none')],
		);
		fill(bookings, person.reservations, (list) =>
			list.map(({ from, to, running, opens }) => {
				const line = make('li');
				line.append(
					icon('clock'),
					make('span', `${running ? 'Now' : whenRoughly(from)} to ${whenRoughly(to)}: ${opens.join(', ')}`),
				);
				return line;
			}),
		);
	};
	return item;
}

let last;

/** People with what they hold, newest first; those that the search finds. */
export function showPeople(state = last) {
	last = state;
	if (!state) return;
	const { people, peopleCount, account } = state;
	const wanted = byId('find').value.trim().toLowerCase();
	const found = people
		.toReversed()
		.filter(({ name, email, groups, credentials }) =>
			[name, email, ...groups, ...credentials.flatMap(({ label, value }) => [label, value])].some((text) =>
				(text ?? '').toLowerCase().includes(wanted),
			),
		);
	keyed(byId('people'), found, ({ id }) => `${account.id}${id}`, card);
	const shown =
		found.length === peopleCount ? `${peopleCount} people` : `${found.length} of ${peopleCount} people`;
	setText(
		byId('people-count'),
		people.length < peopleCount ? `${shown}; only the newest ${people.length} are listed` : shown,
	);
	const none = byId('no-people');
	none.hidden = found.length > 0;
	setText(
		none,
		wanted
			? 'Nobody with that name, group or number.'
			: 'There are no people. Create one from n8n, or reset the sandbox.',
	);
}

byId('find').addEventListener('input', () => showPeople());
