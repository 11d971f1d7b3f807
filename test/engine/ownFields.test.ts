import * as fc from 'fast-check';
import type { IDataObject, IExecuteFunctions, INodeType } from 'n8n-workflow';

import { keyText } from '../../nodes/shared/field';
import { parametersOfItem } from '../../nodes/shared/parameters';
import { times } from '../times';
import { engine, useEngine } from './useEngine';

useEngine();

const field = keyText({ displayName: 'Value', name: 'value', default: '' });

/** A node that reads its field with n8n's own resolution and with ours. */
const both: INodeType = {
	description: {
		name: 'both',
		displayName: 'Both',
		group: [],
		version: 1,
		description: '',
		defaults: { name: 'Both' },
		inputs: ['main'],
		outputs: ['main'],
		properties: [{ ...field.panel }],
	},
	async execute(this: IExecuteFunctions) {
		const saved = this.getNode().parameters;
		return [
			this.getInputData().map((_, item) => {
				let ours: unknown;
				try {
					ours = parametersOfItem(this, saved, item).read(field) ?? 'nothing';
				} catch (error) {
					ours = (error as Error).message;
				}
				const theirs = this.getNodeParameter('value', item) as IDataObject[string];
				// Read where our short cut does not know what the expression is.
				const slow = { ...saved, value: `={{ (${String(saved.value).slice(3, -2)}) }}` };
				let slowly: unknown;
				try {
					slowly =
						parametersOfItem(
							Object.assign(Object.create(this) as IExecuteFunctions, { getNodeParameter: () => theirs }),
							slow,
							item,
						).read(field) ?? 'nothing';
				} catch (error) {
					slowly = (error as Error).message.replace(/\{\{ \(|\) \}\}/g, (part) =>
						part[0] === '{' ? '{{' : '}}',
					);
				}
				return { json: { ours, slowly } as IDataObject };
			}),
		];
	},
};

test('a field of the item read without n8n is what n8n gives for it, whatever it holds', async () => {
	const value = fc.oneof(
		fc.string({ maxLength: 12 }),
		fc.constantFrom('', ' ', '={{ 1 }}', '{{ $json.other }}', '0', 'null', '__proto__'),
		fc.integer(),
		fc.boolean(),
		fc.constant(null),
		fc.array(fc.integer(), { maxLength: 2 }),
		fc.dictionary(fc.constantFrom('a', 'value'), fc.integer(), { maxKeys: 2 }),
	);
	const expression = fc.constantFrom(
		'={{ $json.one }}',
		'={{$json.one}}',
		'={{ $json["one"] }}',
		"={{ $json['one'] }}",
		'={{ $json.missing }}',
		'={{ $json.constructor }}',
		'={{ $json["two words"] }}',
	);
	await fc.assert(
		fc.asyncProperty(expression, fc.array(value, { minLength: 1, maxLength: 4 }), async (saved, values) => {
			const items = values.map((one) => ({ json: { one, 'two words': one } as IDataObject }));
			const nodes = [{ name: 'Both', type: 'both', typeVersion: 1, parameters: { value: saved } }];
			const result = await engine.chain(nodes, items, { both });
			if (result.error) return;
			expect(result.items).toHaveLength(items.length);
			for (const { json } of result.items) expect(json.ours).toEqual(json.slowly);
		}),
		{ numRuns: times(60, 5000) },
	);
});
