/** Data becomes text only: a visitor may be called anything. */
export function make(tag, text = '', className = '') {
	const element = document.createElement(tag);
	if (text !== '') element.textContent = text;
	if (className) element.className = className;
	return element;
}

export const byId = (id) => document.getElementById(id);

/** An icon never stands alone: there is always a word beside it. */
export function icon(name) {
	return shape('svg', { 'aria-hidden': 'true' }, shape('use', { href: `#i-${name}` }));
}

/** A part of a drawing. */
export function shape(tag, attributes, ...children) {
	const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
	for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
	element.append(...children);
	return element;
}

/** What happened, and to whom. */
export const told = (event) => `${event.event_label}${event.person_name ? ` – ${event.person_name}` : ''}`;

/** What is the same stays untouched, so that nothing flickers and no selection is lost. */
export function setText(element, text) {
	if (element.textContent !== text) element.textContent = text;
}

export function setClass(element, className) {
	if (element.className !== className) element.className = className;
}

/** An icon and a word; remade only when they change. */
export function setChip(element, name, text, tone = '') {
	const key = `${name}|${text}`;
	if (element.dataset.chip !== key) {
		element.dataset.chip = key;
		element.replaceChildren(icon(name), make('span', text));
	}
	setClass(element, `chip ${tone}`.trim());
	return element;
}

export const chip = (name, text, tone) => setChip(make('span'), name, text, tone);

/** Replaces what an element holds, unless it shows the same data already. */
export function fill(element, data, build) {
	const key = JSON.stringify(data);
	if (element.dataset.shows === key) return;
	element.dataset.shows = key;
	element.replaceChildren(...build(data));
}

/**
 * Keeps one element for each item, so that focus, open details and typing survive what happens elsewhere.
 *
 * @param make makes the element of an item, with a method `update(item)`
 */
export function keyed(parent, items, keyOf, makeOne) {
	const known = (parent.known ??= new Map());
	const wanted = new Map(items.map((item) => [String(keyOf(item)), item]));
	for (const [key, element] of known) {
		if (wanted.has(key)) continue;
		element.remove();
		known.delete(key);
	}
	let place = parent.firstElementChild;
	for (const [key, item] of wanted) {
		let element = known.get(key);
		if (!element) known.set(key, (element = makeOne(item)));
		element.update(item);
		if (element === place) place = place.nextElementSibling;
		else parent.insertBefore(element, place);
	}
}

/** Sends a command of the control API. @throws Error with the sandbox's own words when it refuses */
export async function command(path, body = {}) {
	let answer;
	try {
		answer = await fetch(`/_sandbox/${path}`, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify(body),
		});
	} catch {
		throw new Error('The sandbox does not answer. Is it still running?');
	}
	const said = await answer.json().catch(() => ({}));
	if (!answer.ok)
		throw new Error(said.error_description ?? said.error ?? `The sandbox refused (${answer.status}).`);
	document.dispatchEvent(new Event('changed'));
	return said;
}

/** Runs a command and says where it went wrong. */
export async function attempt(where, run) {
	try {
		await run();
	} catch (error) {
		setClass(where, 'said bad');
		setText(where, error.message);
	}
}

/** Asks before something that can not be taken back. @returns whether the person wants it */
export async function sure(title, text, yes) {
	const dialog = byId('confirm');
	byId('confirm-title').textContent = title;
	byId('confirm-text').textContent = text;
	byId('confirm-yes').textContent = yes;
	dialog.returnValue = 'no';
	dialog.showModal();
	await new Promise((resolve) => dialog.addEventListener('close', resolve, { once: true }));
	return dialog.returnValue === 'yes';
}

const SECONDS = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const MINUTES = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const OTHER_DAY = new Intl.DateTimeFormat(undefined, {
	day: 'numeric',
	month: 'short',
	hour: '2-digit',
	minute: '2-digit',
});

/** A moment as people say it; of today, the time is enough. */
export function when(value, today = SECONDS) {
	const date = new Date(value);
	if (Number.isNaN(date.getTime())) return String(value);
	return (date.toDateString() === new Date().toDateString() ? today : OTHER_DAY).format(date);
}

/** The time of a moment that is near. */
export const shortTime = (value) => MINUTES.format(new Date(value));

/** As `when`, where seconds do not matter. */
export const whenRoughly = (value) => when(value, MINUTES);
