import type { INodeParameters } from 'n8n-workflow';

import { isCollection, type PanelField } from '../shared/field';
import { resources } from './actions';

const holdsSecret = (field: PanelField): boolean =>
	isCollection(field) ? field.inner.some(holdsSecret) : field.rule?.kind === 'secret';

const SECRETS: ReadonlySet<string> = new Set(
	resources.flatMap(({ operations }) =>
		operations.flatMap(({ fields }) => fields.filter(holdsSecret).map(({ panel }) => panel.name)),
	),
);

/**
 * Parameters without PINs and card numbers that somebody typed into the panel: n8n keeps the whole node in an error, and so
 * in the record of the run and in what an error workflow gets.
 */
export const withoutTyped = (parameters: INodeParameters): INodeParameters =>
	Object.fromEntries(
		Object.entries(parameters).map(([name, value]) => [name, SECRETS.has(name) ? '•••' : value]),
	);
