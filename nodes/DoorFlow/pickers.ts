import {
	sleep,
	type IDataObject,
	type ILoadOptionsFunctions,
	type INodeListSearchItems,
	type INodeListSearchResult,
	type INodePropertyOptions,
} from 'n8n-workflow';

import { CREDENTIAL_TYPE, DoorFlowApi, tokenOf } from '../shared/api';
import { credentialsOf, LISTS, noneIfForbidden, textOf, type NamedList } from '../shared/lists';
import { shownProblem } from '../shared/nodeError';
import { badInput, DoorFlowError } from '../shared/problem';
import { withoutUnseenEnds, hasWords } from '../shared/text';

/** Lists that DoorFlow can't search are read whole and searched here; one page of the picker shows this many. */
const SHOWN_AT_ONCE = 200;

/** Shows a failure in the picker, where an empty list would look like an empty account. */
async function shown<T>(context: ILoadOptionsFunctions, work: (api: DoorFlowApi) => Promise<T>): Promise<T> {
	try {
		return await work(new DoorFlowApi(context));
	} catch (error) {
		throw shownProblem(
			context,
			error instanceof DoorFlowError
				? error.problem
				: {
						message: 'The list could not be read',
						description: 'Enter the ID instead, and report the problem.',
					},
		);
	}
}

type Name = (entry: IDataObject) => string;

const item = (entry: IDataObject, name: Name): { name: string; value: string } => ({
	name: name(entry) || textOf(entry.id),
	value: textOf(entry.id),
});

/** Whether an entry is searched for: by words of its name, or by its ID. */
const isWanted = ({ name, value }: INodeListSearchItems, wanted: string): boolean =>
	hasWords(name, wanted) || value === wanted.trim();

const byShownName = (one: { name: string }, other: { name: string }): number =>
	one.name.localeCompare(other.name);

/** A picker over a list that is read whole: searched by what is shown, page by page. */
function wholeList(list: NamedList, naming: (api: DoorFlowApi) => Name | Promise<Name> = () => list.name) {
	return async function (
		this: ILoadOptionsFunctions,
		filter?: string,
		paginationToken?: string,
	): Promise<INodeListSearchResult> {
		return await shown(this, async (api) => {
			const [entries, name] = await Promise.all([api.list(list), naming(api)]);
			return cut(
				entries.map((entry) => item(entry, name)),
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
	const matching = all.filter((one) => isWanted(one, filter ?? '')).sort(byShownName);
	const start = Number(paginationToken ?? 0) || 0;
	const end = start + SHOWN_AT_ONCE;
	return {
		results: matching.slice(start, end),
		...(end < matching.length ? { paginationToken: String(end) } : {}),
	};
}

/** Shorter than the minute after which most proxies give up. */
const CONNECTING_MS = 50_000;
const LOOK_AGAIN_MS = 500;

/**
 * Waits while somebody connects the credential. The editor asks for a multi-select's list when the new credential is
 * saved, which Connect does first, and does not ask again once it is connected.
 */
async function whileConnecting(context: ILoadOptionsFunctions): Promise<void> {
	const end = Date.now() + CONNECTING_MS;
	const isUnconnected = async (): Promise<boolean> =>
		await context.getCredentials<IDataObject>(CREDENTIAL_TYPE).then(
			({ oauthTokenData }) => tokenOf(oauthTokenData) === undefined,
			() => false,
		);
	while (Date.now() < end && (await isUnconnected())) await sleep(LOOK_AGAIN_MS);
}

/** The list of a multi-select. */
function options(list: NamedList, limit?: number) {
	return async function (this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
		await whileConnecting(this);
		return await shown(this, async (api) =>
			(await api.list(list, { limit })).map((entry) => item(entry, list.name)).sort(byShownName),
		);
	};
}

/** A search goes on until it has this many people to show, or has looked through so many pages at once. */
const ENOUGH_FOUND = 20;
const PAGES_AT_ONCE = 10;

/** DoorFlow searches people by e-mail alone; a name is looked for in what the pages hold. */
async function searchPeople(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	return await shown(this, async (api) => {
		const wanted = withoutUnseenEnds(filter ?? '').toLowerCase();
		if (wanted.includes('@')) {
			const people = await api.list(LISTS.people, { query: { email: wanted } });
			return { results: people.map((person) => item(person, LISTS.people.name)) };
		}
		const results: INodeListSearchItems[] = [];
		let page = Number(paginationToken ?? 1) || 1;
		for (let looked = 0; looked < PAGES_AT_ONCE; looked++, page++) {
			const { items, more } = await api.page(LISTS.people, page);
			results.push(
				...items
					.map((person) => item(person, LISTS.people.name))
					.filter((person) => isWanted(person, wanted)),
			);
			if (!more) return { results };
			// A plain list shows page by page.
			if (results.length >= ENOUGH_FOUND || wanted === '')
				return { results, paginationToken: String(page + 1) };
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
		const person = textOf(this.getCurrentNodeParameter('personId', { extractValue: true })).trim();
		if (!/^[1-9]\d*$/.test(person)) {
			throw badInput(
				'No person is chosen yet',
				'Choose the person above first. If the person comes from an expression, enter the credential by ID, too.',
			);
		}
		const list = credentialsOf(person);
		const credentials = await api.list(list);
		return cut(
			credentials.map((credential) => item(credential, list.name)),
			filter,
			paginationToken,
		);
	});
}

/** Tells doors of the same name apart by their site. */
async function nameWithSite(api: DoorFlowApi): Promise<Name> {
	const sites = await api.list(LISTS.sites).catch(noneIfForbidden);
	const names = new Map(sites.map((site) => [textOf(site.id), LISTS.sites.name(site)]));
	return (door) => {
		const site = names.get(textOf(door.site_id));
		return `${LISTS.doors.name(door)}${site === undefined ? '' : ` (${site})`}`;
	};
}

/** A multi-select can't page: it shows this many people, and takes the ids of others from an expression. */
const PEOPLE_SHOWN = 1000;

/** The pickers of single items, by the names that fields.ts uses. */
export const listSearch = {
	searchPeople,
	searchCredentials,
	searchCredentialTypes: wholeList(LISTS.credentialTypes),
	searchDoors: wholeList(LISTS.doors, nameWithSite),
	searchGroupReservations: wholeList(LISTS.groupReservations),
	searchGroups: wholeList(LISTS.groups),
	searchNotificationRules: wholeList(LISTS.notificationRules),
	searchReservations: wholeList(LISTS.reservations),
	searchSites: wholeList(LISTS.sites),
};

/** The lists of multi-selects. */
export const loadOptions = {
	loadDoors: options(LISTS.doors),
	loadGroups: options(LISTS.groups),
	loadPeople: options(LISTS.people, PEOPLE_SHOWN),
	loadRoles: options(LISTS.roles),
};
