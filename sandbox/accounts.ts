/** A kind of credential, as an account offers it: ids, labels and slugs differ from account to account. */
export interface CredentialType {
	id: number;
	label: string;
	slug: string;
	/** Of the global type: the same in every account. */
	code: number | null;
}

/** DoorFlow's global types. */
const PIN_CODE = 6;
/** One of DoorFlow's articles has other codes than its description; both are found here, in one account each. */
const PIN_CODE_OF_ARTICLE = 10;
const CARD_CODE = 5;
const CARD_CODE_OF_ARTICLE = 200;
const MOBILE_CODES: ReadonlyArray<number | null> = [14, 15];
export const PASSFLOW_CODE = 15;

export const isPin = ({ code }: CredentialType): boolean => code === PIN_CODE || code === PIN_CODE_OF_ARTICLE;

/** HID Mobile and PassFlow are invitations and have no value. */
export const isMobile = ({ code }: CredentialType): boolean => MOBILE_CODES.includes(code);

/** Monday to Friday, 08:00 to 18:00 in the account's time zone. */
export const OFFICE_HOURS = { id: 10, name: 'Office Hours' };

/** What an account holds before anybody changes it. */
export interface Blueprint {
	readonly account: { readonly id: string; readonly name: string };
	/** Empty for the one that the sandbox is configured with. */
	readonly timeZone: string;
	readonly user: {
		readonly id: number;
		readonly first_name: string;
		readonly last_name: string;
		readonly email: string;
	};
	/** Ids made later count up from here, so that those of two accounts never meet. */
	readonly firstId: number;
	readonly credentialTypes: readonly CredentialType[];
	readonly sites: ReadonlyArray<{ readonly id: number; readonly name: string; readonly address: string }>;
	/** Id, name, site. */
	readonly doors: ReadonlyArray<readonly [number, string, number]>;
	/** Which doors a group opens; "all" for every one. */
	readonly groups: ReadonlyArray<{ readonly name: string; readonly doors: readonly number[] | 'all' }>;
	readonly roles: ReadonlyArray<{
		readonly name: string;
		readonly doors: readonly number[] | 'all';
		readonly shiftId: number | null;
	}>;
	/** First name, last name, groups, PIN, card. */
	readonly people: ReadonlyArray<readonly [string, string, readonly number[], string, string?]>;
	readonly emailHost: string;
}

export const HARBOUR_HOUSE: Blueprint = {
	account: { id: 'hrbrHs7', name: 'Harbour House' },
	timeZone: '',
	user: { id: 77, first_name: 'Sam', last_name: 'Admin', email: 'sam@harbour.example' },
	firstId: 1000,
	credentialTypes: [
		{ id: 31, label: 'PIN', slug: 'pin', code: PIN_CODE },
		{ id: 32, label: 'Card', slug: 'card', code: CARD_CODE },
		{ id: 33, label: 'HID Mobile', slug: 'hid-mobile', code: 14 },
		{ id: 34, label: 'PassFlow', slug: 'passflow', code: PASSFLOW_CODE },
		{ id: 35, label: 'Number Plate', slug: 'number-plate', code: null },
	],
	sites: [
		{ id: 3, name: 'Quayside', address: '192.0.2.10' },
		{ id: 4, name: 'Warehouse', address: '192.0.2.20' },
	],
	doors: [
		[1340, 'Main Entrance', 3],
		[1341, 'Reception', 3],
		[1342, 'Meeting Room', 3],
		[1343, 'Server Room', 3],
		[1350, 'Loading Bay', 4],
		[1351, 'Warehouse Side Door', 4],
	],
	groups: [
		{ name: 'Staff', doors: 'all' },
		{ name: 'Visitors', doors: 'all' },
		{ name: 'Contractors', doors: [1340, 1350, 1351] },
		{ name: 'Cleaning', doors: [1340, 1341, 1342] },
	],
	roles: [
		{ name: 'Everywhere', doors: 'all', shiftId: null },
		{ name: 'Ground Floor', doors: [1340, 1341, 1342], shiftId: OFFICE_HOURS.id },
		{ name: 'Warehouse Only', doors: [1350, 1351], shiftId: null },
	],
	people: [
		['Ada', 'Okafor', [1], '41000', '48151600'],
		['Bruno', 'Lindqvist', [1], '41007', '48151601'],
		['Chen', 'Wei', [1, 4], '41014', '48151602'],
		['Dalia', 'Haddad', [3], '41021'],
		['Edwin', 'Marsh', [2], '41028'],
		['Freya', 'Nilsen', [1], '41035'],
	],
	emailHost: 'harbour.example',
};

/** A second customer of the same application, so that one can see whose event is whose. */
export const STUDIO_NINE: Blueprint = {
	account: { id: 'stdN9qk', name: 'Studio Nine' },
	timeZone: 'America/New_York',
	user: { id: 88, first_name: 'Robin', last_name: 'Owner', email: 'robin@studio.example' },
	firstId: 5_000_000,
	credentialTypes: [
		{ id: 61, label: 'Door Code', slug: 'door_code', code: PIN_CODE_OF_ARTICLE },
		{ id: 62, label: 'Fob', slug: 'fob', code: CARD_CODE_OF_ARTICLE },
	],
	sites: [{ id: 9, name: 'Studio', address: '198.51.100.9' }],
	doors: [
		[2340, 'Street Door', 9],
		[2341, 'Dark Room', 9],
	],
	groups: [
		{ name: 'Members', doors: 'all' },
		{ name: 'Guests', doors: [2340] },
	],
	roles: [{ name: 'Keyholder', doors: 'all', shiftId: null }],
	people: [
		['Mira', 'Sol', [1], '52000', '77001100'],
		['Theo', 'Guest', [2], '52007'],
	],
	emailHost: 'studio.example',
};
