import {
	attempt,
	byId,
	chip,
	command,
	fill,
	icon,
	keyed,
	make,
	setClass,
	setText,
	shape,
	shortTime,
	told,
} from './dom.js';

/** How long a door leaf stands open after somebody was let in. */
const SWING_MS = 3500;

const admits = (code) => (code >= 10 && code <= 19) || code === 50;
export const refuses = (code) => (code >= 20 && code <= 29) || code === 51 || code === 52;

/** A door seen from the front: frame, what is behind it, leaf, reader with its light. Its state is a class. */
const drawing = () =>
	shape(
		'svg',
		{ viewBox: '0 0 104 112', class: 'door', 'aria-hidden': 'true' },
		shape('path', { class: 'ground', d: 'M2 108h100' }),
		shape('rect', { class: 'behind', x: 16, y: 10, width: 52, height: 98 }),
		shape('path', { class: 'light', d: 'M16 108h52l18 4H4z' }),
		shape(
			'g',
			{ class: 'leaf' },
			shape('rect', { x: 16, y: 10, width: 52, height: 98 }),
			shape('rect', { class: 'pane', x: 24, y: 20, width: 36, height: 34, rx: 2 }),
			shape('rect', { class: 'pane', x: 24, y: 64, width: 36, height: 34, rx: 2 }),
			shape('path', { class: 'handle', d: 'M62 58v8' }),
		),
		shape('path', { class: 'crack', d: 'm64 44-7 8 6 5-9 9 6 4' }),
		shape('path', { class: 'frame', d: 'M13 108V7h58v101' }),
		shape('path', { class: 'bars', d: 'm12 38 60 34M72 38 12 72' }),
		shape('rect', { class: 'reader', x: 82, y: 48, width: 14, height: 24, rx: 2.5 }),
		shape('circle', { class: 'lamp', cx: 89, cy: 54, r: 2.6 }),
		shape('path', { class: 'keys', d: 'M86 61h.1M89 61h.1M92 61h.1M86 66h.1M89 66h.1M92 66h.1' }),
	);

/** Everything that is to say of a door, the gravest first: icon, words, tone. */
function states(door) {
	const list = [];
	if (door.sensor === 'forced') list.push(['alarm', 'Forced open', 'bad']);
	if (door.lockdown) list.push(['barred', 'Lockdown', 'bad']);
	if (door.sensor === 'heldOpen') list.push(['clock', 'Held open', 'warn']);
	if (!door.online)
		list.push(['offline', door.heldBack > 0 ? `Offline, ${door.heldBack} waiting` : 'Offline', 'off']);
	if (door.sync === 'syncing') list.push(['wait', 'Syncing', 'warn']);
	if (door.lacks > 0)
		list.push([
			'wait',
			`${door.lacks} ${door.lacks === 1 ? 'change' : 'changes'} not on this door yet`,
			'warn',
		]);
	if (door.status === 'pending_encryption') list.push(['key', 'Waiting for encryption', 'warn']);
	if (door.mode === 'unlock')
		list.push([
			'unlocked',
			door.relockAt ? `Unlocked until ${shortTime(door.relockAt)}` : 'Unlocked',
			'good',
		]);
	else if (door.sensor === 'normal' && isFresh(door.lastEvent) && admits(door.lastEvent.event_code))
		list.push(['yes', 'Open for a moment', 'good']);
	else list.push(['locked', door.sensor === 'normal' ? 'Closed and locked' : 'Locked', '']);
	if (door.autoUnlock) list.push(['clock', `Unlocks during ${door.autoUnlock}`, '']);
	return list;
}

/** Whether the last event is so young that the leaf, or the reader's light, still shows it. */
const isFresh = (event) => event && Date.now() - Date.parse(event.created_at) < SWING_MS;

function look(door) {
	const classes = ['tile'];
	if (door.sensor !== 'normal') classes.push(door.sensor);
	else if (door.mode === 'unlock') classes.push('unlocked');
	if (door.lockdown) classes.push('lockdown');
	if (!door.online) classes.push('offline');
	const last = door.lastEvent;
	if (isFresh(last) && admits(last.event_code)) classes.push('admitting');
	if (isFresh(last) && refuses(last.event_code)) classes.push('refusing');
	return classes.join(' ');
}

/** Events this page caused itself were told of where it happened. */
export const own = new Set();

function doorTile({ id, name }) {
	const tile = make('article');
	const title = make('h4', name);
	title.id = `door-${id}`;
	tile.setAttribute('aria-labelledby', title.id);
	const chips = make('p', '', 'chips');

	const form = make('form', '', 'present');
	const picker = make('select', '', 'picker');
	picker.setAttribute('aria-label', `Credential to present at ${name}`);
	const input = make('input');
	input.setAttribute('aria-label', `PIN or card number at ${name}`);
	input.placeholder = 'PIN or card';
	input.autocomplete = 'off';
	input.spellcheck = false;
	const button = make('button', 'Present');
	button.setAttribute('aria-label', `Present at ${name}`);
	const said = make('p', 'The reader is ready.', 'said idle');
	said.setAttribute('role', 'status');
	picker.addEventListener('change', () => {
		input.value = picker.value;
	});
	const follow = () => {
		picker.value = input.value;
		if (picker.selectedIndex < 0) picker.value = '';
	};
	input.addEventListener('input', follow);
	form.addEventListener('submit', (submitted) => {
		submitted.preventDefault();
		const value = input.value.trim();
		if (!value) {
			setClass(said, 'said bad');
			setText(said, 'Choose a credential or type a PIN first.');
			input.focus();
			return;
		}
		void attempt(said, async () => {
			const event = await command('present', { channelId: id, value });
			own.add(event.id);
			const refused = refuses(event.event_code);
			setClass(said, refused ? 'said bad' : 'said good');
			said.replaceChildren(icon(refused ? 'no' : 'yes'), make('span', told(event)));
			if (!tile.door.online) said.lastChild.textContent += ' (decided offline; DoorFlow hears of it later)';
			input.select();
		});
	});
	form.append(picker, input, button, said);

	const moves = make('div', '', 'moves');
	moves.setAttribute('role', 'group');
	moves.setAttribute('aria-label', `Simulate at ${name}`);
	const move = (state, label) => {
		const one = make('button', label, 'quiet');
		one.type = 'button';
		one.setAttribute('aria-label', `${label}: ${name}`);
		one.addEventListener(
			'click',
			() =>
				void attempt(said, async () => {
					const wish = one.dataset.state ?? state;
					const event = await command('door', { channelId: id, state: wish });
					own.add(event.id);
					setClass(said, 'said');
					setText(said, event.event_label);
				}),
		);
		moves.append(one);
		return one;
	};
	const positions = [
		['normal', 'Close'],
		['heldOpen', 'Hold open'],
		['forced', 'Force open'],
	].map(([state, label]) => [state, move(state, label)]);
	const contact = move('offline', 'Take offline');

	const last = make('p', '', 'last');
	const head = make('div', '', 'head');
	const words = make('div');
	words.append(title, chips, last);
	head.append(drawing(), words);
	tile.append(head, form, moves);

	tile.update = (door) => {
		tile.door = door;
		tile.settle();
		for (const [state, one] of positions) one.setAttribute('aria-pressed', String(door.sensor === state));
		const [state, label] = door.online ? ['offline', 'Take offline'] : ['online', 'Bring online'];
		contact.dataset.state = state;
		setText(contact, label);
		contact.setAttribute('aria-label', `${label}: ${name}`);
		const event = door.lastEvent;
		setText(last, event ? `${shortTime(event.created_at)} ${told(event)}` : 'Nothing has happened here yet');
	};
	tile.settle = () => {
		setClass(tile, look(tile.door));
		fill(chips, states(tile.door), (list) => list.map((one) => chip(...one)));
	};
	tile.pick = (people) => {
		if (document.activeElement === picker) return;
		fill(picker, people, (list) => {
			const none = make('option', list.length > 0 ? 'Choose …' : 'Nobody has a credential');
			none.value = '';
			return [
				none,
				...list.map(([person, credentials]) => {
					const group = make('optgroup');
					group.label = person;
					group.append(
						...credentials.map(([value, text, disabled]) => {
							const option = make('option', text);
							option.value = value;
							option.disabled = disabled;
							return option;
						}),
					);
					return group;
				}),
			];
		});
		follow();
	};
	return tile;
}

/** What can be presented: values of PINs and cards; a phone by its id, once its invitation was accepted. */
function presentable(people) {
	return people
		.filter(({ credentials }) => credentials.length > 0)
		.map(({ name, credentials }) => [
			name,
			credentials.map(({ id, label, value, status }) => [
				value ?? id,
				`${name} – ${label} ${value ?? (status === 'active' ? 'on the phone' : `(${status})`)}`,
				value === null && status !== 'active',
			]),
		]);
}

function siteBlock(site) {
	const block = make('section', '', 'site');
	const title = make('h3', site.name);
	title.id = `site-${site.name}`;
	block.setAttribute('aria-labelledby', title.id);
	const tiles = make('div', '', 'tiles');
	block.append(title, tiles);
	block.update = ({ doors }) => keyed(tiles, doors, ({ id }) => id, doorTile);
	return block;
}

/** The floor: doors by site. */
export function showDoors({ doors, people }) {
	const sites = new Map();
	for (const door of doors) sites.set(door.site, [...(sites.get(door.site) ?? []), door]);
	keyed(
		byId('doors'),
		[...sites].map(([name, list]) => ({ name, doors: list })),
		({ name }) => name,
		siteBlock,
	);
	const list = presentable(people.toReversed());
	for (const tile of document.querySelectorAll('.tile')) tile.pick(list);
}

/** A leaf that swung open falls shut again without news. */
export function settleDoors() {
	for (const tile of document.querySelectorAll('.tile')) tile.settle();
}
