import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';

import '../shared/supported';
import { MAIN } from '../shared/main';
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
		builderHint: {
			searchHint:
				"A new person can't open any door: they also need a credential (PIN, card or mobile) and a group, role or reservation, and changes reach the doors only after a sync. For visitors, use Visitor → Check In and Check Out, which do all of it in one step and undo it if a part fails, rather than Person, Credential and Reservation → Create. Visitor operations and Person → Revoke Access sync by themselves. After other changes, switch on Options → Sync After Changes, or put one Controller Sync → Start at the end. DoorFlow allows about one sync every 30 seconds, so never start one for each item.",
			relatedNodes: [
				{
					nodeType: 'n8n-nodes-doorflow.doorFlowTrigger',
					relationHint: 'Starts a workflow when something happens at a door',
				},
			],
		},
		inputs: [MAIN],
		outputs: [MAIN],
		credentials: [{ name: 'doorFlowOAuth2Api', required: true }],
		properties: describe(resources),
	};

	methods = { listSearch, loadOptions };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await run(this);
	}
}
