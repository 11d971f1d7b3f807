import { DAY_MS } from '../../../shared/time';
import { isVisitor } from '../visitor/rules';

/** What is known of somebody's access. Times are in milliseconds; null for none. */
export interface Access {
	readonly enabled: boolean;
	readonly validTo: number | null;
	readonly createdAt: number | null;
	readonly hasMark: boolean;
	readonly groups: readonly number[];
	readonly roles: number;
	readonly credentials: number;
	/** Groups of group reservations that are active now. */
	readonly activeGroups: readonly number[];
	/** Reservations of doors that have not ended. */
	readonly openReservations: number;
	/** When somebody was let in last, within the time that was looked at. */
	readonly lastAdmitted: number | null;
}

/** What the review looks for. */
export interface Review {
	readonly now: number;
	/** Where the events that were read begin. */
	readonly since: number;
	readonly dormantDays: number;
}

export type Flag =
	| 'disabledWithCredentials'
	| 'dormant'
	| 'expired'
	| 'neverUsed'
	| 'noCredential'
	| 'noEnd'
	| 'visitorInGroup';

/** Whether somebody has access beside visits. What can't be told is standing. */
export const isStanding = (who: Access): boolean => !isVisitor(who);

/**
 * What to look at in somebody's access.
 *
 * @param who the person
 * @param review the present, and what counts as long ago
 */
export function flagsOf(who: Access, { now, since, dormantDays }: Review): Flag[] {
	const { enabled, validTo, createdAt, credentials, lastAdmitted } = who;
	const usable = enabled && credentials > 0;
	const longAgo = now - dormantDays * DAY_MS;
	const flags: Record<Flag, boolean> = {
		noEnd: enabled && validTo === null,
		expired: enabled && validTo !== null && validTo <= now,
		disabledWithCredentials: !enabled && credentials > 0,
		// Whoever came a week ago can't have been away for three months.
		dormant:
			usable &&
			(lastAdmitted === null ? createdAt === null || createdAt <= longAgo : lastAdmitted <= longAgo),
		// Of somebody older than the events that were read, nobody can say "never".
		neverUsed: usable && lastAdmitted === null && createdAt !== null && createdAt >= since,
		noCredential: enabled && credentials === 0,
		visitorInGroup: who.hasMark && who.groups.some((group) => !who.activeGroups.includes(group)),
	};
	return (Object.keys(flags) as Flag[]).filter((name) => flags[name]);
}
