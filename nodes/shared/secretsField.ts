import { flag } from './field';

/** Off, no PIN gets into what n8n stores of an execution, unless the execution itself made it. */
export const includeSecrets = flag({
	displayName: 'Include Secrets',
	name: 'includeSecrets',
	default: false,
	description:
		'Whether PINs, card numbers and the links of mobile credentials are in the output as they are. n8n then stores them with the execution. If off, only their last two characters are shown, as in ••35.',
});
