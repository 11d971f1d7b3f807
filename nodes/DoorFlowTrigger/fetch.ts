import type { IDataObject } from 'n8n-workflow';

import type { DoorFlowAnswer, Refused } from '../shared/api';
import type { Problem } from '../shared/problem';

/** What became of fetching one resource. */
export type Fetched =
	| { readonly kind: 'data'; readonly data: IDataObject }
	/** DoorFlow does not have it. */
	| { readonly kind: 'gone'; readonly why: string }
	/** DoorFlow has trouble: it is to send the notification again. */
	| { readonly kind: 'later'; readonly problem: Problem }
	/** It takes longer than a webhook may, or only a person can help: that belongs into a run. */
	| { readonly kind: 'inRun'; readonly problem: Problem };

/** What an answer of DoorFlow, or the want of one, means for the notification that led to it. */
export function judge(outcome: DoorFlowAnswer<unknown> | Refused): Fetched {
	if ('problem' in outcome) {
		const { problem, outOfTime } = outcome;
		if (problem.status === 404 || problem.status === 410) {
			return { kind: 'gone', why: 'DoorFlow no longer has this resource' };
		}
		const inRun = outOfTime === true || problem.kind === 'rateLimited' || problem.kind === 'permission';
		return { kind: inRun ? 'inRun' : 'later', problem };
	}
	const { body } = outcome;
	if (typeof body === 'object' && body !== null && !Array.isArray(body))
		return { kind: 'data', data: body as IDataObject };
	return {
		kind: 'later',
		problem: {
			kind: 'unexpected',
			message: 'DoorFlow answered with something that is not a resource',
			description: 'If this keeps happening, check the API Base URL of the DoorFlow credential.',
		},
	};
}
