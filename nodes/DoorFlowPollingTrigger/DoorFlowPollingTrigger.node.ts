import { NodeConnectionTypes, type INodeExecutionData, type INodeType, type INodeTypeDescription, type IPollFunctions } from 'n8n-workflow';

import { channelFilter, groupFilter, personFilter } from '../DoorFlow/fields';
import { loadOptions } from '../DoorFlow/pickers';
import { DOOR_EVENT_OPTIONS } from '../shared/eventCatalogue';
import { poll } from './poll';

export class DoorFlowPollingTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'DoorFlow Polling Trigger',
		name: 'doorFlowPollingTrigger',
		icon: { light: 'file:doorflow.svg', dark: 'file:doorflow.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ $parameter["events"].length ? $parameter["events"].join(", ") : "all events" }}',
		description: 'Starts the workflow for door events without a public address, and when the connection to DoorFlow is lost',
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
				description: 'What to start for. None chosen means all. Changes of credentials are known to the DoorFlow Trigger only.',
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
		],
	};

	methods = { loadOptions };

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		return await poll(this);
	}
}
