import { account } from './account';
import { admissionRequest } from './admissionRequest';
import { channel } from './channel';
import { credential } from './credential';
import { credentialType } from './credentialType';
import { event } from './event';
import { group } from './group';
import { groupReservation } from './groupReservation';
import { notificationRule } from './notificationRule';
import type { Resource } from './operation';
import { person } from './person';
import { reservation } from './reservation';
import { role } from './role';
import { site } from './site';
import { sync } from './sync';
import { visitor } from './visitor';

/**
 * Everything the node can do, the most wanted first: n8n lists actions in this order, and takes the first one for who
 * presses Enter. Adding a resource means adding it here; adding an operation touches its own file and its resource's
 * list.
 */
export const resources: readonly Resource[] = [
	visitor,
	person,
	credential,
	channel,
	event,
	group,
	groupReservation,
	reservation,
	site,
	role,
	credentialType,
	admissionRequest,
	notificationRule,
	sync,
	account,
];
