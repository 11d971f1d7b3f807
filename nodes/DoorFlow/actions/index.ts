import { credential } from './credential';
import { credentialType } from './credentialType';
import { group } from './group';
import type { Resource } from './operation';
import { person } from './person';

/** Everything the node can do. Adding a resource means adding it here; adding an operation touches its own file and its resource's list. */
export const resources: readonly Resource[] = [person, credential, credentialType, group];
