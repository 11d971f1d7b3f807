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

import '../shared/supported';
import { loadOptions } from '../DoorFlow/pickers';
import { EVENTS_SUBTITLE } from '../shared/eventCatalogue';
import { nodeErrorOf } from '../shared/nodeError';
import { parametersOf } from '../shared/parameters';
import { DoorFlowError } from '../shared/problem';
import { readConnection } from './connection';
import { emit } from './emit';
import { PANEL, readPanel } from './panel';
import { missingFor } from './permissionCheck';
import { receive } from './receive';

export class DoorFlowTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'DoorFlow Trigger',
		name: 'doorFlowTrigger',
		icon: { light: 'file:doorflow.svg', dark: 'file:doorflow.dark.svg' },
		group: ['trigger'],
		// For a node of version 1, n8n resolves an expression with each webhook, which costs more than all that is done here.
		version: [1, 1.1],
		defaultVersion: 1.1,
		subtitle: EVENTS_SUBTITLE,
		// n8n's nodes panel shows it for the DoorFlow node as well, because their names differ in "Trigger" alone.
		description:
			'Manage visitors, people, PINs, cards and doors, or start the workflow when someone is let in or refused, a door is forced, or a credential changes',
		eventTriggerDescription:
			"Open a door, or send a test event in DoorFlow's developer portal. While n8n listens, the portal must have the Test URL.",
		activationMessage:
			"DoorFlow can now start this workflow. In DoorFlow's developer portal, the webhook URL of your application must be the trigger's Production URL, not its Test URL. To try it, open a door, or send a test event in the portal.",
		defaults: { name: 'DoorFlow Trigger' },
		inputs: [],
		outputs:
			'={{ $parameter["outputMode"] === "perCategory" ? ["Granted", "Denied", "Door", "Credential", "Other"].map((name) => ({ type: "main", displayName: name })) : ["main"] }}',
		credentials: [{ name: 'doorFlowOAuth2Api', required: true }],
		builderHint: {
			searchHint:
				'Needs a public HTTPS address, and a DoorFlow application has one webhook URL, which a person sets in its developer portal: use one DoorFlow Trigger for all events and branch after it (Output Mode, Switch), never one trigger for each event or door. Without a public address use the DoorFlow Polling Trigger.',
			relatedNodes: [
				{
					nodeType: 'n8n-nodes-doorflow.doorFlowPollingTrigger',
					relationHint: 'Needs no public address, and tells when no webhook arrives any more',
				},
				{
					nodeType: 'n8n-nodes-doorflow.doorFlow',
					relationHint: 'Event → Acknowledge ends a workflow whose trigger acknowledges manually',
				},
			],
		},
		triggerPanel: {
			header: 'Get an event from DoorFlow',
			executionsHelp: {
				inactive:
					"<b>To test:</b> press the button to listen. In DoorFlow's developer portal, enter the <b>Test URL</b> as the webhook URL of your application. Then open a door, or send a test event in the portal.<br /><br /><b>When it works:</b> enter the <b>Production URL</b> there instead, and publish the workflow (n8n 1: activate it).",
				active:
					"<b>The workflow is published:</b> events that DoorFlow sends to the <b>Production URL</b> start it. You find the runs under Executions. To test, open a door, or send a test event in DoorFlow's developer portal.<br /><br /><b>To test changes first:</b> press the button to listen, and enter the <b>Test URL</b> in the portal until you are done.",
			},
			activationHint:
				"When the test works, enter the Production URL as the webhook URL in DoorFlow's developer portal, and publish the workflow (n8n 1: activate it).",
		},
		webhooks: [{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: 'webhook' }],
		properties: PANEL.map(({ panel }) => panel),
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
				const panel = readPanel(parametersOf(this));
				if ('problem' in panel) throw nodeErrorOf(this, new DoorFlowError(panel.problem));
				const check = await readConnection(this);
				const missing = check.ok ? await missingFor(this, panel) : check;
				if (missing === undefined) return true;
				throw new NodeOperationError(this.getNode(), "The DoorFlow Trigger can't start listening", {
					description: missing.reason,
				});
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
