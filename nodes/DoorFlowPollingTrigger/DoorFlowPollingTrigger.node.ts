import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
	IPollFunctions,
} from 'n8n-workflow';

import '../shared/supported';
import { loadOptions } from '../DoorFlow/pickers';
import { EVENTS_SUBTITLE } from '../shared/eventCatalogue';
import { MAIN } from '../shared/main';
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
		outputs: [MAIN],
		credentials: [{ name: 'doorFlowOAuth2Api', required: true }],
		builderHint: {
			searchHint:
				'For n8n instances without a public address, and for noticing that the connection to DoorFlow is lost. Events come minutes late, with the poll: where somebody waits at a door, use the DoorFlow Trigger. Use one trigger for all events and branch after it; each trigger polls by itself.',
			relatedNodes: [
				{
					nodeType: 'n8n-nodes-doorflow.doorFlowTrigger',
					relationHint: 'Gets events within seconds, by webhook, at a public address',
				},
			],
		},
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
