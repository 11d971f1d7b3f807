import type {
	IDataObject,
	ILoadOptionsFunctions,
	INodeListSearchItems,
	INodeListSearchResult,
	INodePropertyOptions,
} from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';

import { DoorFlowApi } from '../shared/api';
import { readPages, readPagingHeaders } from '../shared/paging';
import type { Scope } from '../shared/permissions';
import { badInput, DoorFlowError } from '../shared/problem';

const PAGE = 100;
/** Lists that DoorFlow can't search are read whole and searched here; one page of the picker shows this many. */
const SHOWN_AT_ONCE = 200;

interface List {
	readonly path: string;
	/** What the list holds, as in "list the doors". */
	readonly what: string;
	readonly permission: Scope;
	/** How many DoorFlow gives a page; undefined where the list knows no pages. */
	readonly perPage?: number;
}

const LISTS = {
	credentialTypes: {
		path: '/api/3/credential_types',
		what: 'credential types',
		permission: 'account.credential_type.readonly',
		perPage: 500,
	},
	doors: { path: '/api/3/channels', what: 'doors', permission: 'account.channel.readonly', perPage: 1000 },
	groups: { path: '/api/3/groups', what: 'groups', permission: 'account.group.readonly' },
	groupReservations: {
		path: '/api/3/group_reservations',
		what: 'group reservations',
		permission: 'account.group_reservation.readonly',
		perPage: 500,
	},
	notificationRules: {
		path: '/api/3/notification_rules',
		what: 'notification rules',
		permission: 'account.notification_rule.readonly',
	},
	reservations: {
		path: '/api/3/reservations',
		what: 'reservations',
		permission: 'account.reservation.readonly',
		perPage: 500,
	},
	roles: { path: '/api/3/roles', what: 'roles', permission: 'account.role.readonly' },
	sites: { path: '/api/3/sites', what: 'sites', permission: 'account.site.readonly', perPage: 500 },
} as const satisfies Record<string, List>;

const text = (value: unknown): string =>
	typeof value === 'string' || typeof value === 'number' ? String(value) : '';

async function readAll(
	api: DoorFlowApi,
	{ path, what, permission, perPage }: List,
	limit?: number,
): Promise<IDataObject[]> {
	return await readPages<IDataObject>(
		async (page, count) => {
			const answer = await api.request<unknown>({
				method: 'GET',
				path,
				...(perPage === undefined ? {} : { query: { page, per_page: count } }),
				about: { doing: `list the ${what}`, permission },
			});
			const items = Array.isArray(answer.body) ? (answer.body as IDataObject[]) : [];
			return perPage === undefined
				? { items, total: items.length, perPage: Math.max(1, items.length) }
				: { items, ...readPagingHeaders(answer.headers) };
		},
		{
			...(limit === undefined ? {} : { limit }),
			perPage: perPage ?? Number.MAX_SAFE_INTEGER,
			key: (item) => text(item.id),
		},
	);
}

/** Shows a failure in the picker, where an empty list would look like an empty account. */
async function shown<T>(context: ILoadOptionsFunctions, work: (api: DoorFlowApi) => Promise<T>): Promise<T> {
	try {
		return await work(new DoorFlowApi(context));
	} catch (error) {
		const { message, description, status } =
			error instanceof DoorFlowError
				? error.problem
				: {
						message: 'The list could not be read',
						description: 'Give the ID instead, or report this.',
						status: undefined,
					};
		if (status === undefined) throw new NodeOperationError(context.getNode(), message, { description });
		throw new NodeApiError(
			context.getNode(),
			{ message, description },
			{ message, description, httpCode: String(status) },
		);
	}
}

type Named = (item: IDataObject, others: ReadonlyMap<string, string>) => string;

/** A picker over a list that is read whole: searched by what is shown, page by page. */
function wholeList(
	list: List,
	name: Named,
	label?: (api: DoorFlowApi) => Promise<ReadonlyMap<string, string>>,
) {
	return async function (
		this: ILoadOptionsFunctions,
		filter?: string,
		paginationToken?: string,
	): Promise<INodeListSearchResult> {
		return await shown(this, async (api) => {
			const [items, others] = await Promise.all([
				readAll(api, list),
				label ? label(api) : new Map<string, string>(),
			]);
			return cut(
				items.map((item) => ({ name: name(item, others), value: text(item.id) })),
				filter,
				paginationToken,
			);
		});
	};
}

function cut(
	all: INodeListSearchItems[],
	filter: string | undefined,
	paginationToken: string | undefined,
): INodeListSearchResult {
	const wanted = (filter ?? '').trim().toLowerCase();
	const matching = all
		.filter(({ name, value }) => name.toLowerCase().includes(wanted) || value === wanted)
		.sort((one, other) => one.name.localeCompare(other.name));
	const start = Number(paginationToken ?? 0) || 0;
	const end = start + SHOWN_AT_ONCE;
	return {
		results: matching.slice(start, end),
		...(end < matching.length ? { paginationToken: String(end) } : {}),
	};
}

/** The list of a multi-select. */
function options(list: List) {
	return async function (this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
		return await shown(this, async (api) =>
			(await readAll(api, list))
				.map((item) => ({ name: text(item.name) || text(item.id), value: text(item.id) }))
				.sort((one, other) => one.name.localeCompare(other.name)),
		);
	};
}

function personName(person: IDataObject): string {
	const name = `${text(person.first_name)} ${text(person.last_name)}`.trim() || `Person ${text(person.id)}`;
	const apart = text(person.email) || text(person.system_id) || text(person.department);
	return `${name}${apart ? ` (${apart})` : ''}${person.enabled === false ? ' – disabled' : ''}`;
}

/** DoorFlow searches people by e-mail alone; a name is looked for in what the pages hold. */
async function searchPeople(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	return await shown(this, async (api) => {
		const about = { doing: 'list the people', permission: 'account.person.readonly' } as const;
		const wanted = (filter ?? '').trim().toLowerCase();
		const byMail = wanted.includes('@');
		const results: INodeListSearchItems[] = [];
		let page = Number(paginationToken ?? 1) || 1;
		for (let looked = 0; looked < 10; looked++, page++) {
			const answer = await api.request<unknown>({
				method: 'GET',
				path: '/api/3/people',
				query: { page, per_page: PAGE, ...(byMail ? { email: wanted } : {}) },
				about,
			});
			const people = Array.isArray(answer.body) ? (answer.body as IDataObject[]) : [];
			for (const person of people) {
				const item = { name: personName(person), value: text(person.id) };
				if (byMail || item.name.toLowerCase().includes(wanted) || item.value === wanted) results.push(item);
			}
			const { total, perPage } = readPagingHeaders(answer.headers);
			const more = total === undefined ? people.length >= PAGE : page * (perPage ?? PAGE) < total;
			if (!more || people.length === 0) return { results };
			// A search goes on until it has something to show; a plain list shows page by page.
			if (results.length >= 20 || wanted === '') return { results, paginationToken: String(page + 1) };
		}
		return { results, paginationToken: String(page) };
	});
}

async function searchCredentials(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	return await shown(this, async (api) => {
		const person = text(this.getCurrentNodeParameter('personId', { extractValue: true })).trim();
		if (!/^[1-9]\d*$/.test(person)) {
			throw badInput(
				'No person is chosen yet',
				'Choose the person above first. If it comes from an expression, give the credential by ID too.',
			);
		}
		const items = await readAll(api, {
			path: `/api/3/people/${person}/credentials`,
			what: 'credentials of this person',
			permission: 'account.person.readonly',
			perPage: 500,
		});
		return cut(
			items.map((item) => ({ name: credentialName(item), value: text(item.id) })),
			filter,
			paginationToken,
		);
	});
}

/** Only the end of a value is shown: enough to tell cards apart, too little to use one. */
function credentialName(credential: IDataObject): string {
	const value = text(credential.value);
	const masked = value === '' ? text(credential.status) : `••${value.length > 4 ? value.slice(-2) : ''}`;
	return `${text(credential.label) || 'Credential'}${masked ? ` (${masked})` : ''}`;
}

async function siteNames(api: DoorFlowApi): Promise<ReadonlyMap<string, string>> {
	// The site only tells doors of the same name apart: without the permission to read sites the doors are still listed.
	const sites = await readAll(api, LISTS.sites).catch((error: unknown): IDataObject[] => {
		if (error instanceof DoorFlowError && error.problem.kind === 'permission') return [];
		throw error;
	});
	return new Map(sites.map((site) => [text(site.id), text(site.name)]));
}

const window = (item: IDataObject): string =>
	`${text(item.start_time).slice(0, 16).replace('T', ' ')} – ${text(item.end_time).slice(0, 16).replace('T', ' ')}`;

/** A multi-select can't page: it shows this many people, and takes the ids of others from an expression. */
const PEOPLE_SHOWN = 1000;

async function loadPeople(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return await shown(this, async (api) =>
		(
			await readAll(
				api,
				{ path: '/api/3/people', what: 'people', permission: 'account.person.readonly', perPage: PAGE },
				PEOPLE_SHOWN,
			)
		)
			.map((person) => ({ name: personName(person), value: text(person.id) }))
			.sort((one, other) => one.name.localeCompare(other.name)),
	);
}

/** The pickers of single items, by the names that fields.ts uses. */
export const listSearch = {
	searchPeople,
	searchCredentials,
	searchCredentialTypes: wholeList(LISTS.credentialTypes, (type) => text(type.label) || text(type.slug)),
	searchDoors: wholeList(
		LISTS.doors,
		(door, sites) =>
			`${text(door.name)}${sites.has(text(door.site_id)) ? ` (${sites.get(text(door.site_id))})` : ''}`,
		siteNames,
	),
	searchGroupReservations: wholeList(
		LISTS.groupReservations,
		(item) => `Person ${text(item.person_id)}: ${window(item)} (${text(item.state)})`,
	),
	searchNotificationRules: wholeList(
		LISTS.notificationRules,
		(rule) => `${text(rule.name)}${rule.active === false ? ' – off' : ''}`,
	),
	searchReservations: wholeList(
		LISTS.reservations,
		(item) => `Person ${text(item.person_id)}: ${window(item)}`,
	),
	searchSites: wholeList(LISTS.sites, (site) => text(site.name)),
};

/** The lists of multi-selects. */
export const loadOptions = {
	loadDoors: options(LISTS.doors),
	loadGroups: options(LISTS.groups),
	loadPeople,
	loadRoles: options(LISTS.roles),
};
