import {
	NodeOperationError,
	type IExecuteFunctions,
	type IHookFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';

import { channelFilter, groupFilter, personFilter } from '../DoorFlow/fields';
import { loadOptions } from '../DoorFlow/pickers';
import { EVENT_OPTIONS, EVENTS_SUBTITLE } from '../shared/eventCatalogue';
import { readConnection } from './connection';
import { emit } from './emit';
import { receive } from './receive';

export class DoorFlowTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'DoorFlow Trigger',
		name: 'doorFlowTrigger',
		icon: { light: 'file:doorflow.svg', dark: 'file:doorflow.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: EVENTS_SUBTITLE,
		description:
			'Starts the workflow when a door opens, refuses somebody, is forced, or a credential changes',
		eventTriggerDescription: 'Waiting for DoorFlow to send an event',
		activationMessage:
			"DoorFlow can now start this workflow. Make sure that the production URL of the trigger is the webhook URL of your application in DoorFlow's developer portal.",
		defaults: { name: 'DoorFlow Trigger' },
		inputs: [],
		outputs:
			'={{ $parameter["outputMode"] === "perCategory" ? ["Granted", "Denied", "Door", "Credential", "Other"].map((name) => ({ type: "main", displayName: name })) : ["main"] }}',
		credentials: [{ name: 'doorFlowOAuth2Api', required: true }],
		triggerPanel: {
			header: 'Get an event from DoorFlow',
			executionsHelp: {
				inactive:
					"<b>To try it:</b> press the button to listen, put the <b>Test URL</b> into the webhook field of your application in DoorFlow's developer portal, then open a door. <br /><br /><b>To use it:</b> put the <b>Production URL</b> there and publish the workflow (in n8n 1: activate it).",
				active:
					"<b>To try changes:</b> press the button to listen, and put the <b>Test URL</b> into the webhook field of your application in DoorFlow's developer portal for as long. <br /><br /><b>The workflow is active:</b> events sent to the <b>Production URL</b> start it; see the executions list.",
			},
			activationHint:
				'When it works, put the Production URL into the developer portal and publish the workflow (in n8n 1: activate it).',
		},
		webhooks: [{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: 'webhook' }],
		properties: [
			{
				displayName:
					"Copy the webhook URL from above into your application in DoorFlow's developer portal. An application has one webhook URL: if several workflows need its events, let one receive them and start the others. Every request's signature is checked; what is not signed by DoorFlow is refused.",
				name: 'webhookNotice',
				type: 'notice',
				default: '',
			},
			{
				displayName: 'Events',
				name: 'events',
				type: 'multiOptions',
				options: EVENT_OPTIONS,
				default: [],
				description: 'What to start for. None chosen means all.',
			},
			{
				displayName: 'Output',
				name: 'outputMode',
				type: 'options',
				options: [
					{ name: 'One for All Events', value: 'single' },
					{
						name: 'One per Category',
						value: 'perCategory',
						description: 'Granted, Denied, Door, Credential and Other',
					},
				],
				default: 'single',
				description: 'How many outputs the node has',
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
				displayName: 'Acknowledge',
				name: 'acknowledge',
				type: 'options',
				options: [
					{ name: 'Automatically', value: 'automatic', description: 'As soon as n8n has stored the run' },
					{
						name: 'With Event → Acknowledge',
						value: 'manual',
						description:
							'By a DoorFlow node at the end of the workflow, so that DoorFlow sends an event again whose workflow failed',
					},
				],
				default: 'automatic',
				description: 'When to tell DoorFlow that an event was handled',
			},
			{
				displayName: 'Options',
				name: 'options',
				type: 'collection',
				placeholder: 'Add option',
				default: {},
				options: [
					{
						displayName: 'All Accounts',
						name: 'allAccounts',
						type: 'boolean',
						default: false,
						description:
							'Whether to take events of other DoorFlow accounts that use the same application, too',
					},
					{
						displayName: 'Combine When Busy',
						name: 'combineWhenBusy',
						type: 'boolean',
						default: true,
						description:
							'Whether events that have to wait, because more arrive than n8n can run, start the workflow together, as several items. Switched off, each request starts a run of its own, and a burst takes about twice as long.',
					},
					{
						displayName: 'Confirm Within (Seconds)',
						name: 'confirmWithinSeconds',
						type: 'number',
						typeOptions: { minValue: 5 },
						default: 300,
						description:
							'With acknowledgement by Event → Acknowledge: how long the workflow may take to confirm an event. If it has not by then, the next delivery starts the workflow again.',
					},
					{
						displayName: 'Deduplicate',
						name: 'deduplicate',
						type: 'boolean',
						default: true,
						description: 'Whether an event that DoorFlow sends again starts the workflow only once',
					},
					{
						displayName: 'Tolerance in Seconds',
						name: 'toleranceSeconds',
						type: 'number',
						typeOptions: { minValue: 1 },
						default: 300,
						description: 'How far the clocks of DoorFlow and n8n may be apart. Older requests are refused.',
					},
				],
			},
		],
	};

	methods = { loadOptions };

	webhookMethods = {
		default: {
			/** DoorFlow's webhook URL is set by hand in its developer portal and can't be asked for. */
			async checkExists(this: IHookFunctions): Promise<boolean> {
				return false;
			},
			/** @throws NodeOperationError when no request could ever be trusted */
			async create(this: IHookFunctions): Promise<boolean> {
				const check = await readConnection(this);
				if (!check.ok) {
					throw new NodeOperationError(this.getNode(), 'The DoorFlow Trigger can not be activated', {
						description: check.reason,
					});
				}
				return true;
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				return true;
			},
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await receive(this);
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await emit(this);
	}
}
