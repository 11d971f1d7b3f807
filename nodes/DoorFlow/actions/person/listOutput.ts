import type { IDataObject } from 'n8n-workflow';

import { counted } from '../../../shared/text';
import type { Reached } from '../../syncAfter';
import type { Result } from './listCarryOut';
import { ACTIONS, STAYS_DISABLED, writes, type Action, type Plan } from './listPlan';

/** How many people a message names. */
const NAMED = 20;

const WORDS: Readonly<Record<Action, string>> = {
	create: 'create',
	update: 'update',
	enable: 'enable',
	disable: 'disable',
	revokeAccess: 'revoke access',
	unchanged: 'unchanged',
	missing: 'not on the list',
	conflict: 'conflict',
	error: 'error',
};

const actionOf = ({ step, problem }: Result): Action => (problem ? 'error' : step.action);

/** What is said of one person. */
export function rowOf(result: Result, stopped: string | undefined): IDataObject {
	const { step, applied, problem } = result;
	const held = stopped !== undefined && writes(step) ? stopped : undefined;
	return {
		action: actionOf(result),
		applied,
		personId: (result.personId ?? step.person?.id ?? null) as IDataObject[string],
		name: step.name,
		changes: step.changes as unknown as IDataObject,
		reason: problem?.message ?? held ?? step.reason ?? null,
	};
}

/** A text that Slack and mail show as it is: nothing in a name can become a mention or a link. */
const plain = (text: string): string =>
	text.replace(/</g, '‹').replace(/>/g, '›').replace(/:\/\//g, ': //').replace(/\s+/g, ' ').trim();

/** What is known of a run as a whole. */
export interface Told {
	readonly results: readonly Result[];
	readonly stopped: Plan['stopped'];
	readonly notice: Plan['notice'];
	readonly dryRun: boolean;
	/** Items of the list that can't be read. */
	readonly unread: number;
	/** Whether a sync was due. */
	readonly changed: boolean;
}

/**
 * The summary of a run: numbers, and a text for a message.
 *
 * @param reached how far the changes came
 */
export function summaryOf(told: Told, reached: Reached): IDataObject {
	const { results, stopped, dryRun, unread, changed } = told;
	const summary = Object.fromEntries(ACTIONS.map((action) => [action, 0])) as Record<Action, number>;
	summary.error = unread;
	for (const result of results) summary[actionOf(result)]++;
	const synced = changed ? reached.synced : null;
	return { summary, dryRun, stopped: stopped ?? null, synced, text: textOf(told, summary, synced, reached) };
}

function textOf(
	{ results, stopped, notice, dryRun, unread }: Told,
	summary: Readonly<Record<Action, number>>,
	synced: boolean | null,
	{ syncProblem }: Reached,
): string {
	const head =
		stopped !== undefined
			? `Sync from list STOPPED, nothing was written: ${stopped}.`
			: dryRun
				? 'Sync from list, dry run: nothing was written.'
				: 'Sync from list:';
	const counts = ACTIONS.filter((action) => summary[action] > 0).map(
		(action) => `${summary[action]} ${WORDS[action]}`,
	);
	const telling = results.filter((result) => actionOf(result) !== 'unchanged');
	const lines = telling.slice(0, NAMED).map((result) => {
		const { name } = rowOf(result, undefined);
		const reason =
			result.problem?.message ?? (result.step.reason === STAYS_DISABLED ? null : result.step.reason);
		const fields = result.step.action === 'update' ? ` (${Object.keys(result.step.changes).join(', ')})` : '';
		return `• ${WORDS[actionOf(result)]}: ${plain(String(name)) || '(no name)'}${fields}${reason ? ` – ${plain(String(reason))}` : ''}`;
	});
	const more = telling.length - lines.length;
	const asleep = results.filter(({ step }) => step.reason === STAYS_DISABLED).length;
	const doors =
		synced === null
			? []
			: [
					synced
						? 'The doors are being updated.'
						: `The doors are not updated yet${syncProblem ? `: ${plain(syncProblem)}` : ''}.`,
				];
	return [
		head,
		counts.length > 0 ? `${counts.join(', ')}.` : 'Nobody is on it.',
		...(notice ? [`${plain(notice)}.`] : []),
		...(unread > 0 ? [`${counted(unread, 'item', 'items')} of the list could not be read.`] : []),
		...lines,
		...(more > 0 ? [`… and ${more} more`] : []),
		...(asleep > 0
			? [
					`${asleep} on the list ${asleep === 1 ? 'is' : 'are'} disabled in DoorFlow and ${asleep === 1 ? 'stays' : 'stay'} so, because the list does not say Enabled.`,
				]
			: []),
		...doors,
	].join('\n');
}
