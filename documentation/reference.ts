import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { DoorFlowOAuth2Api } from '../credentials/DoorFlowOAuth2Api.credentials';
import { resources } from '../nodes/DoorFlow/actions';
import type { Operation, Resource } from '../nodes/DoorFlow/actions/operation';
import { additionalFields } from '../nodes/DoorFlow/actions/person/personFields';
import { ALLOW, describe } from '../nodes/DoorFlow/describe';
import { alwaysLeadsTo } from '../nodes/DoorFlow/effects';
import { optionsOf } from '../nodes/DoorFlow/options';
import { PANEL as POLLING_PANEL } from '../nodes/DoorFlowPollingTrigger/panel';
import { PANEL as TRIGGER_PANEL } from '../nodes/DoorFlowTrigger/panel';
import { categoryOf, codesOfEvent, EVENT_OPTIONS, type EventName } from '../nodes/shared/eventCatalogue';
import { isCollection, type PanelField } from '../nodes/shared/field';
import {
	DEFAULT_SCOPES,
	leastOf,
	permissionName,
	PERMISSIONS,
	type Needed,
	type Permission,
} from '../nodes/shared/permissions';
import { anchor, sentence, table } from './markdown';

const ROOT = resolve(__dirname, '..');
const PERSON_FIELDS = 'Fields of a person';
const FIELD_HEAD = ['Field', 'In workflows', 'Required', 'What it means', 'When it is empty'];
const PLAIN_HEAD = FIELD_HEAD.slice(0, 4);

/** By the name shown, as in a table to look things up. */
const byName = <T extends { displayName: string }>(list: readonly T[]): T[] =>
	[...list].sort((one, other) => one.displayName.localeCompare(other.displayName, 'en'));

type Fields = readonly INodeProperties[];

/** What a user has to know about a resource before the first try, and no field says. */
const FIRST: Readonly<Record<string, string>> = {
	person:
		"A new person can't open any door. They also need a credential **and** a group, role or reservation, and then a sync.",
	credential:
		'A person can have one credential of each type. Each account has its own types, so pick them from the list.',
	channel:
		'DoorFlow calls a door a *channel*; that is why the parameter is named `channelId`. Commands to a door are sent once and never repeated, even if the answer gets lost: a door that gets a command twice may open twice. *Lock Down* and *End Lockdown* are the exception: they are repeated, because a second time changes nothing.',
	reservation:
		'A reservation must start and end on the same day in the time zone of the DoorFlow account. *Visitor → Check In* splits a longer time into days.',
	event:
		"To start a workflow when something happens, use a [trigger](triggers.md). These operations look back. For what *Who Is In* can and can't tell you, see [muster lists](muster.md).",
	notificationRule:
		'An older way for DoorFlow to call an address. Nothing public says that these calls are signed, so a workflow should not trust them.',
	sync: 'DoorFlow sends nothing to the doors until a sync. It usually allows one in 30 seconds, so start one after a batch, not one for each change.',
	visitor:
		'A whole visit in one step. It combines the operations of *Person*, *Credential* and both kinds of reservations, and needs their permissions.',
};

const choices = (field: INodeProperties): INodePropertyOptions[] =>
	(field.options ?? []).filter((one): one is INodePropertyOptions => 'value' in one);

function condition(field: INodeProperties, siblings: Fields): string {
	return Object.entries(field.displayOptions?.show ?? {})
		.flatMap(([name, values]) => {
			const other = siblings.find((one) => one.name === name);
			if (!other || !Array.isArray(values)) return [];
			const shown = values.map((value) =>
				value === true
					? 'on'
					: value === false
						? 'off'
						: (choices(other).find((one) => one.value === value)?.name ?? String(value)),
			);
			return [`Only with *${other.displayName}*: ${shown.join(' or ')}.`];
		})
		.join(' ');
}

function defaultOf(field: INodeProperties): string {
	const { default: value } = field;
	if (field.type === 'boolean') return `Default: ${value === true ? 'on' : 'off'}.`;
	if (field.type === 'options')
		return `Default: ${choices(field).find((one) => one.value === value)?.name ?? String(value)}.`;
	if (typeof value === 'number' || (typeof value === 'string' && value !== ''))
		return `Default: \`${String(value)}\`.`;
	return '';
}

function meaning(field: INodeProperties, siblings: Fields): string {
	const listed =
		field.type === 'options'
			? choices(field)
					.map(
						({ name, description }) =>
							`**${name}**${description ? `: ${description.replace(/\.$/, '')}` : ''}`,
					)
					.join('; ')
			: '';
	// What every multi-select says about its list is said once, above the tables.
	const words =
		field.description?.replace(
			/ Choose from the list, or specify (?:names or )?IDs using an <a[^>]*>[^<]*<\/a>\.?/,
			'',
		) ??
		field.placeholder?.replace(/^e\.g\. (.*)$/, 'For example *$1*') ??
		'';
	return [sentence(words), sentence(listed), condition(field, siblings), defaultOf(field)]
		.filter(Boolean)
		.join(' ');
}

const isPersonCollection = (field: PanelField): boolean => {
	if (!isCollection(field)) return false;
	const names = new Set(field.inner.map(({ panel }) => panel.name));
	return ['firstName', 'email', 'mobile', 'custom5'].filter((name) => names.has(name)).length >= 3;
};

/** Lists that say which doors are of a kind, and narrow nothing down. */
const OF_A_KIND = ['exitChannelIds', 'safeChannelIds'];

/** What a missing value means, by what the field decides on; see nodes/shared/values.ts. */
function whenEmpty(field: PanelField): string {
	if (isCollection(field) || field.rule === undefined) return '';
	const { panel, rule } = field;
	const words =
		'words' in rule && rule.words
			? ` Enter ${rule.words.map((word) => `\`${word}\``).join(' or ')} if you mean that.`
			: '';
	const byExpression = 'An expression that gives nothing is an error.';
	switch (rule.kind) {
		case 'record':
			return 'Left as it is; an expression that gives `null` or an empty text clears it.';
		case 'name':
			return panel.required ? 'An error.' : 'Left as it is.';
		case 'ids':
			if (rule.replaces)
				return `Left as it is; an expression that gives \`[]\` empties the list. ${byExpression}`;
			if (OF_A_KIND.includes(panel.name)) return `No door of this kind. ${byExpression}`;
			if (rule.permits) return `None. ${byExpression}`;
			return panel.required ? 'An error.' : `No restriction. ${byExpression}`;
		case 'flag':
			if (rule.stays) return `Stays as it is; on for what is new. ${byExpression}`;
			return `The default. ${byExpression}`;
		case 'option':
		case 'amount':
			return `The default. ${byExpression}`;
		case 'time':
			return panel.required ? `An error.${words}` : `Not given. ${byExpression}${words}`;
		default:
			return panel.required ? 'An error.' : `Not given. ${byExpression}${words}`;
	}
}

/** One row a field; those inside a collection follow it. Warnings that stand in the panel are no fields. */
function fieldRows(fields: readonly PanelField[]): string[][] {
	const siblings = fields.map(({ panel }) => panel);
	return fields
		.filter(({ panel }) => panel.type !== 'notice' && panel.type !== 'hidden')
		.flatMap((field) => {
			const { panel } = field;
			const own = [panel.displayName, `\`${panel.name}\``, panel.required ? 'yes' : ''];
			if (!isCollection(field)) return [[...own, meaning(panel, siblings), whenEmpty(field)]];
			if (isPersonCollection(field))
				return [
					[
						...own,
						`${sentence(panel.description ?? '')} See [${PERSON_FIELDS.toLowerCase()}](#${anchor(PERSON_FIELDS)}).`.trim(),
						'',
					],
				];
			return field.inner.map((one) => [
				`${panel.displayName} → ${one.panel.displayName}`,
				`\`${panel.name}.${one.panel.name}\``,
				'',
				meaning(
					one.panel,
					field.inner.map((other) => other.panel),
				),
				whenEmpty(one),
			]);
		});
}

/** A panel that n8n itself reads, such as the credential's. */
const plainRows = (fields: Fields): string[][] =>
	fields
		.filter(({ type }) => type !== 'notice' && type !== 'hidden')
		.map((field) => [
			field.displayName,
			`\`${field.name}\``,
			field.required ? 'yes' : '',
			meaning(field, fields),
		]);

const warnings = (fields: Fields): string[] =>
	fields
		.filter(({ type }) => type === 'notice')
		.map(({ displayName, displayOptions }) =>
			displayOptions?.show?.watchWebhooks ? `With *Watch the Webhooks*: ${displayName}` : displayName,
		);

/** What an operation declares to need, and what only some of its fields need. */
export function permissionsOf(operation: Operation): { needed: Needed[]; also: Needed[] } {
	const { permission, alsoNeeds = [], syncByDefault } = operation;
	const always = alsoNeeds.filter(({ when }) => when === undefined);
	const needed = leastOf([
		...(permission === undefined ? [] : [permission]),
		...always.map((one) => one.permission),
	]);
	const sometimes = [
		...alsoNeeds.filter(({ when }) => when !== undefined).map((one) => one.permission),
		...(syncByDefault ? (['account.sync'] as const) : []),
	];
	// The right to manage includes the right to read.
	const also = leastOf([...needed, ...sometimes]).filter((one) => !needed.includes(one));
	return { needed, also };
}

const names = (scopes: readonly Needed[]): string =>
	scopes.map((scope) => `**${permissionName(scope)}**`).join(', ');

function permissionLine(operation: Operation): string {
	const { needed, also } = permissionsOf(operation);
	if (needed.length === 0) return 'Permission: none of its own.';
	const { reads = [] } = operation;
	return `Permission: ${names(needed)}${also.length > 0 ? `; depending on the fields also ${names(also)}` : ''}.${
		reads.length > 0 ? ` It also uses these, if granted: ${names(reads)}.` : ''
	}`;
}

const SHOWN_FIELDS = 12;

function outputLine(resource: Resource, { name }: Operation): string {
	const path = join('nodes', 'DoorFlow', '__schema__', 'v1.0.0', resource.name, `${name}.json`);
	const schema = JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as {
		properties: Record<string, unknown>;
	};
	const keys = Object.keys(schema.properties);
	const more = keys.length > SHOWN_FIELDS ? ` and ${keys.length - SHOWN_FIELDS} more` : '';
	return `Output${name === 'getAll' ? ', one item for each' : ''}: ${keys
		.slice(0, SHOWN_FIELDS)
		.map((key) => `\`${key}\``)
		.join(', ')}${more} ([schema](../${path})).`;
}

function operationSection(resource: Resource, operation: Operation): string {
	const { displayName, description, fields } = operation;
	const rows = fieldRows(fields);
	const options = optionsOf(operation)
		.inner.map(({ panel }) => `*${panel.displayName}*${panel.default === true ? ' (on)' : ''}`)
		.join(', ');
	return [
		`### ${resource.displayName}: ${displayName}`,
		`${sentence(description)} In workflows: \`${resource.name}\` / \`${operation.name}\`.`,
		...(alwaysLeadsTo(resource.name, operation.name)
			? ['> **Careful.** An AI agent is offered this only if a person [allowed it](#for-ai-agents).']
			: []),
		...warnings(fields.map(({ panel }) => panel)).map((text) => `> ${text}`),
		rows.length > 0 ? table(FIELD_HEAD, rows) : 'No fields.',
		[permissionLine(operation), `[Options](#options): ${options}.`, outputLine(resource, operation)].join(
			'  \n',
		),
	].join('\n\n');
}

function operations(): string {
	const all = byName(resources);
	const contents = all.map(
		(one) =>
			`- [${one.displayName}](#${anchor(one.displayName)}): ${byName(one.operations)
				.map(({ displayName }) => `[${displayName}](#${anchor(`${one.displayName}: ${displayName}`)})`)
				.join(', ')}`,
	);
	const sections = all.map((resource) =>
		[
			`## ${resource.displayName}`,
			sentence(resource.description),
			...(FIRST[resource.name] === undefined ? [] : [FIRST[resource.name]]),
			...byName(resource.operations).map((operation) => operationSection(resource, operation)),
		].join('\n\n'),
	);
	return [contents.join('\n'), ...sections].join('\n\n');
}

function optionTable(): string {
	const all = new Map(
		resources.flatMap((resource) =>
			resource.operations.flatMap((operation) =>
				optionsOf(operation).inner.map((one) => [one.panel.name, one] as const),
			),
		),
	);
	const rows = [...all.values()].map((one) => [
		one.panel.displayName,
		`\`options.${one.panel.name}\``,
		'',
		meaning({ ...one.panel, ...(one.panel.name === 'syncAfter' ? { default: '' } : {}) }, []),
		whenEmpty(one),
	]);
	return table(FIELD_HEAD, rows);
}

function agentFields(): string {
	const seen = new Set<string>();
	const fields = describe(resources).filter(
		({ name, displayOptions }) =>
			(name === ALLOW || displayOptions?.show?.['@tool'] !== undefined) &&
			name !== 'operation' &&
			seen.size !== seen.add(name).size,
	);
	return table(PLAIN_HEAD, plainRows(fields));
}

/** What can be done, and the permission to tick for it. */
function permissionsTable(): string {
	const rows = byName(resources).flatMap((resource) => {
		const groups = new Map<string, string[]>();
		for (const operation of byName(resource.operations)) {
			const { needed, also } = permissionsOf(operation);
			const words = (needs: readonly Needed[]): string => needs.map(permissionName).join('; ') || 'none';
			const key = `${words(needed)}|${also.length > 0 ? words(also) : ''}`;
			groups.set(key, [...(groups.get(key) ?? []), operation.displayName]);
		}
		return [...groups].map(([permission, done], index) => [
			index === 0 ? `[${resource.displayName}](#${anchor(resource.displayName)})` : '',
			done.join(', '),
			...permission.split('|'),
		]);
	});
	return table(['Resource', 'Operations', 'Always needs', 'Some fields also need'], rows);
}

function scopes(): string {
	return table(
		['Permission', 'DoorFlow’s scope', 'What for', 'By default'],
		(PERMISSIONS as readonly Permission[]).map(({ name, scope, description }) => [
			name,
			`\`${scope}\``,
			sentence(description),
			(DEFAULT_SCOPES as readonly string[]).includes(scope) ? 'yes' : '',
		]),
	);
}

function eventTable(): string {
	const ranges = (name: string): string => {
		const codes = codesOfEvent(name);
		const parts: string[] = [];
		for (let start = 0; start < codes.length; ) {
			let end = start;
			while (codes[end + 1] === (codes[end] ?? 0) + 1) end++;
			parts.push(start === end ? `${codes[start]}` : `${codes[start]}–${codes[end]}`);
			start = end + 1;
		}
		return parts.join(', ');
	};
	return table(
		['Event', 'In workflows', 'What happened', 'DoorFlow’s codes', 'Output'],
		EVENT_OPTIONS.map(({ name, value, description }) => [
			name,
			`\`${value}\``,
			sentence(description),
			ranges(value),
			categoryOf(value as EventName),
		]),
	);
}

function panelTable(fields: readonly PanelField[]): string {
	return [
		...warnings(fields.map(({ panel }) => panel)).map((text) => `> ${text}`),
		table(FIELD_HEAD, fieldRows(fields)),
	].join('\n\n');
}

/** Every text that is made from the code, by the file and the marks it stands between. */
export function sections(): Record<string, Record<string, string>> {
	const credentialFields = new DoorFlowOAuth2Api().properties;
	return {
		'docs/operations.md': {
			permissions: permissionsTable(),
			options: optionTable(),
			agents: agentFields(),
			person: table(FIELD_HEAD, fieldRows(additionalFields.inner)),
			operations: operations(),
		},
		'docs/setup.md': {
			credential: [
				...warnings(credentialFields).map((text) => `> ${text}`),
				table(PLAIN_HEAD, plainRows(credentialFields)),
			].join('\n\n'),
			scopes: scopes(),
		},
		'docs/triggers.md': {
			events: eventTable(),
			trigger: panelTable(TRIGGER_PANEL),
			polling: panelTable(POLLING_PANEL),
		},
	};
}
