import { isPin } from '../accounts';
import type { Store } from '.';

const FIRST_NAMES = ['Alma', 'Boris', 'Carla', 'Denis', 'Elif', 'Farid', 'Greta', 'Hugo', 'Ines', 'Jonas'];
const LAST_NAMES = [
	'Adler',
	'Brand',
	'Cortez',
	'Dubois',
	'Evans',
	'Fischer',
	'Garcia',
	'Hansen',
	'Ivanov',
	'Jensen',
];

/** Makes people and events until there are enough, for measuring. */
export function fill(store: Store, people: number, events: number): void {
	const pin = store.credentialTypes.find(isPin);
	for (let count = store.people.size; count < people; count++) {
		const first = FIRST_NAMES[count % 10] ?? '';
		const last = `${LAST_NAMES[Math.floor(count / 10) % 10] ?? ''} ${count}`;
		const person = store.addPerson({
			first_name: first,
			last_name: last,
			email: `p${count}@${store.blueprint.emailHost}`,
			groups: [1 + (count % store.groups.length)],
		});
		const value = String(1_000_000 + count);
		if (pin && !store.byValue.has(value)) store.addCredential(person.id, pin.id, value);
	}
	const everybody = store.everybody();
	const doors = [...store.doors.values()];
	for (let count = store.events.length; count < events; count++) {
		store.addEvent(11, 'Admitted: PIN', doors[count % doors.length], everybody[count % everybody.length]);
	}
}
