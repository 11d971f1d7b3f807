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

/** Everything the node can do. Adding a resource means adding it here; adding an operation touches its own file and its resource's list. */
export const resources: readonly Resource[] = [
	person,
	credential,
	credentialType,
	group,
	role,
	site,
	channel,
	admissionRequest,
	reservation,
	groupReservation,
	event,
	notificationRule,
	sync,
	account,
	visitor,
];
