import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';

import { resources } from './actions';
import { describe } from './describe';
import { listSearch, loadOptions } from './pickers';
import { run } from './run';
import { subtitleOf } from './subtitle';

export class DoorFlow implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'DoorFlow',
		name: 'doorFlow',
		icon: { light: 'file:doorflow.svg', dark: 'file:doorflow.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: subtitleOf(resources),
		description:
			'Manage visitors, people, PINs, cards and doors in DoorFlow, the cloud access control system',
		defaults: { name: 'DoorFlow' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'doorFlowOAuth2Api', required: true }],
		properties: describe(resources),
	};

	methods = { listSearch, loadOptions };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await run(this);
	}
}
