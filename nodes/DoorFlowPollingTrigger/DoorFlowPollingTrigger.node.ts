import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type IPollFunctions,
} from 'n8n-workflow';

import { loadOptions } from '../DoorFlow/pickers';
import { EVENTS_SUBTITLE } from '../shared/eventCatalogue';
import { PANEL } from './panel';
import { poll } from './poll';
import { emit } from './emit';

export class DoorFlowPollingTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'DoorFlow Polling Trigger',
		name: 'doorFlowPollingTrigger',
		icon: { light: 'file:doorflow.svg', dark: 'file:doorflow.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: EVENTS_SUBTITLE,
		description:
			'Starts the workflow for door events without a public address, and when the connection to DoorFlow is lost',
		defaults: { name: 'DoorFlow Polling Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'doorFlowOAuth2Api', required: true }],
		polling: true,
		properties: PANEL.map(({ panel }) => panel),
	};

	methods = { loadOptions };

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		return await poll(this);
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await emit(this);
	}
}
