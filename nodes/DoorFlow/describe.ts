import type { IDisplayOptions, INodeProperties } from 'n8n-workflow';

import type { PanelField } from '../shared/field';
import type { Operation, Resource } from './actions/operation';
import { answerFieldsOf } from './answer';
import { alwaysLeadsTo } from './effects';
import { optionsOf } from './options';

/** The parameter with which a user lets an AI agent do what controls doors or deletes. */
export const ALLOW = 'allowDoorControlAndDeletion';

/** Nobody but the user may switch it: it takes no expression, so no model can fill it in. */
const allowSwitch: INodeProperties = {
	displayName: 'Allow Door Control and Deletion',
	name: ALLOW,
	type: 'boolean',
	noDataExpression: true,
	default: false,
	displayOptions: { show: { '@tool': [true] } },
	description:
		'Whether the AI agent may use this tool to open, unlock and lock down doors, change encryption keys, remove access, book groups, change credentials and notification rules, delete, check visitors out, and disconnect. If off, these operations are not offered, and are refused. The same applies to fields that disable a person, set groups, roles or validity, name a photo by its URL, or ask for PINs and card numbers.',
};

/**
 * Has the editor load a list again when the operation's first field is filled in: it asks for the list of a fresh node
 * before it has selected the credential, and would show that error for good. The fields right above must not do it,
 * because a list that loads again closes.
 *
 * The fields are named by paths. The editor refuses to load a list while a field that it depends on by its bare name holds
 * an expression that can't be resolved yet, as in every workflow that was just imported.
 */
function loadedAgain(panel: INodeProperties, { fields }: Operation): INodeProperties {
	if (panel.typeOptions?.loadOptionsMethod === undefined) return panel;
	const others = fields.map((field) => field.panel).filter(({ name }) => name !== panel.name);
	const first = others[0]?.name ?? '';
	const names = others
		.filter(({ name, displayOptions }) => name === first || first in (displayOptions?.show ?? {}))
		.map(({ name }) => `["${name}"]`);
	return { ...panel, typeOptions: { ...panel.typeOptions, loadOptionsDependsOn: names } };
}

/**
 * The properties of the node's panel, derived from the declared operations.
 *
 * @param resources in the order in which they are shown, as are their operations
 */
export function describe(resources: readonly Resource[]): INodeProperties[] {
	const properties: INodeProperties[] = [
		{
			displayName: 'Resource',
			name: 'resource',
			type: 'options',
			noDataExpression: true,
			options: resources.map(({ name, displayName, description }) => ({
				name: displayName,
				value: name,
				description,
			})),
			default: 'person',
		},
	];
	properties.push(allowSwitch);
	const operationsOf = (
		resource: string,
		all: readonly Operation[],
		{ show, hide }: IDisplayOptions,
	): INodeProperties => {
		// Nobody's mere choice of a resource may select something that can't be taken back.
		const first =
			all.find(({ name }) => name === 'getAll') ??
			all.find(({ name }) => !alwaysLeadsTo(resource, name)) ??
			all[0];
		const property: INodeProperties = {
			displayName: 'Operation',
			name: 'operation',
			type: 'options',
			noDataExpression: true,
			displayOptions: { show: { resource: [resource], ...show }, ...(hide ? { hide } : {}) },
			options: all.map(({ name, displayName, action, description }) => ({
				name: displayName,
				value: name,
				action,
				description,
			})),
			default: '',
		};
		return { ...property, default: first?.name ?? '' };
	};
	for (const { name, operations } of resources) {
		const harmless = operations.filter((operation) => !alwaysLeadsTo(name, operation.name));
		if (harmless.length === operations.length) {
			properties.push(operationsOf(name, operations, {}));
		} else {
			properties.push(
				// Before 1.88, n8n does not know `@tool`: it hides what is shown by it, and takes no notice where it hides.
				operationsOf(name, operations, { hide: { '@tool': [true] } }),
				operationsOf(name, operations, { show: { '@tool': [true], [ALLOW]: [true] } }),
				operationsOf(name, harmless, { show: { '@tool': [true], [ALLOW]: [false] } }),
			);
		}
	}
	for (const { name: resource, operations } of resources) {
		for (const operation of operations) {
			const own = ({ panel }: PanelField): INodeProperties => ({
				...loadedAgain(panel, operation),
				displayOptions: {
					...panel.displayOptions,
					show: { resource: [resource], operation: [operation.name], ...panel.displayOptions?.show },
				},
			});
			properties.push(
				...operation.fields.map(own),
				...answerFieldsOf(operation).map(own),
				own(optionsOf(operation)),
			);
		}
	}
	return properties;
}
