import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type IPollFunctions,
} from 'n8n-workflow';

import { channelFilter, groupFilter, personFilter } from '../DoorFlow/fields';
import { loadOptions } from '../DoorFlow/pickers';
import { DOOR_EVENT_OPTIONS, EVENTS_SUBTITLE } from '../shared/eventCatalogue';
import { poll } from './poll';
import { passOn } from './passOn';

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
		properties: [
			{
				displayName: 'Events',
				name: 'events',
				type: 'multiOptions',
				options: DOOR_EVENT_OPTIONS.filter(({ value }) => value !== 'remoteControl'),
				default: [],
				description:
					'What to start for. None chosen means all. Changes of credentials are known to the DoorFlow Trigger only.',
			},
			{
				displayName: 'Filters',
				name: 'filters',
				type: 'collection',
				placeholder: 'Add Filter',
				default: {},
				options: [channelFilter, groupFilter, personFilter],
			},
			{
				displayName: 'Watch the Connection',
				name: 'watchConnection',
				type: 'boolean',
				default: true,
				description:
					'Whether to start the workflow once with the event connectionLost when access to DoorFlow was taken away, and once with connectionRestored when it works again. Hang a message on it.',
			},
			{
				displayName: 'Watch the Webhooks',
				name: 'watchWebhooks',
				type: 'boolean',
				default: false,
				description:
					'Whether to start the workflow only for events that the DoorFlow Trigger of the same workflow should have got and never did: once with webhooksSilent, then with the events. Use it beside a DoorFlow Trigger.',
			},
			{
				displayName:
					'Choose the same events and filters here as in the DoorFlow Trigger of this workflow. What that one gets does not start the workflow again. An event counts as missed when two polls have passed since it happened.',
				name: 'watchNotice',
				type: 'notice',
				default: '',
				displayOptions: { show: { watchWebhooks: [true] } },
			},
			{
				displayName: 'Hand Over Missed Events',
				name: 'handOverMissed',
				type: 'boolean',
				default: true,
				displayOptions: { show: { watchWebhooks: [true] } },
				description:
					'Whether the events that no webhook brought start the workflow, too, each as the DoorFlow Trigger would have given it, with the source poll',
			},
		],
	};

	methods = { loadOptions };

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		return await poll(this);
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await passOn(this);
	}
}
