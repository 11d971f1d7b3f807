import type { setSafeRegexEngine } from 'n8n-workflow';

// n8n gives up on a pattern after 250 ms by the clock, and fails the execution. On a machine so busy that the process has
// to wait that long for its turn, that says nothing about the pattern: the tests' own patterns are not what is tried here.
export const PATIENT: Parameters<typeof setSafeRegexEngine>[0] = {
	exec: (pattern, input, flags) => new RegExp(pattern, flags).exec(input),
	test: (pattern, input, flags) => new RegExp(pattern, flags).test(input),
	replace: (pattern, input, flags, replacement) => input.replace(new RegExp(pattern, flags), replacement),
	matchAll: (pattern, input, flags) => [...input.matchAll(new RegExp(pattern, flags))],
	split: (pattern, input, flags) => input.split(new RegExp(pattern, flags)),
};
