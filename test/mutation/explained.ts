/**
 * Why a change to the code that no test notices is none that matters, by file and by the change: `«before → after»` in its
 * line, as `npm run test:mutation` prints it. A survivor that is not here, and an explanation of none, make it red.
 */
export const EXPLAINED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
	'nodes/DoorFlow/actions/visitor/rules.ts': {
		'{ zone }).toISODate() ?? «\'\' → "Stryker was here!"»;':
			"Luxon returns no date only if it doesn't know the time zone, and accountZone.ts refuses such an account earlier.",
		'if (groups === undefined || «roles === undefined → false») return false;':
			'If the roles are unknown, both comparisons in the next lines are false, so the result is the same. The check states the case, and the compiler requires it.',
		'return roles === 0 || («openReservations !== undefined → true» && roles <= openReservations);':
			'Comparing a number with undefined is always false, so the result is the same. The compiler requires the check.',
		'const gaps: Booking[] = «[] → ["Stryker was here"]»;':
			'An entry without a beginning and an end is no gap of at least a minute, so the last line of the function removes it.',
	},
	'nodes/DoorFlowTrigger/connection.ts': {
		').credentials?.[CREDENTIAL_TYPE]?.id ?? «\'\' → "Stryker was here!"»;':
			"For a node without a credential, any name is fine that isn't the ID of a credential.",
	},
	'nodes/DoorFlowTrigger/verified.ts': {
		'let verdict: Verdict = «\'noKey\' → ""»;':
			'It is overwritten before it is read. The compiler requires an initial value, and this one refuses the request.',
	},
	'nodes/shared/baseUrl.ts': {
		'const tokenUrl = accessTokenUrl ?? «\'\' → "Stryker was here!"»;':
			'Neither value is an address, so in both cases there is no token address to check.',
		'«url.origin === apiOrigin → true» &&':
			'The last line implies it, because it requires the address to begin with the origin and a slash. The code that decides where the token may go checks twice.',
	},
	'nodes/shared/notifications.ts': {
		'} catch «{ return undefined; } → {}»': 'A function that ends without a return gives undefined as well.',
	},
	'nodes/shared/redact.ts': {
		'string, secrets: readonly string[] = «[] → ["Stryker was here"]»): string {':
			'It would hide the words "Stryker was here", which no text contains.',
	},
	'nodes/shared/retryPolicy.ts': {
		"if («outcome.kind === 'answer' → true» && outcome.status === 429) {":
			'Only an answer has a status. The compiler requires the check.',
		"if («outcome.kind === 'answer' → true» && outcome.status < 500) return {":
			'Only an answer has a status. The compiler requires the check.',
		"const surelyNotDone = «outcome.kind === 'lost' → true» && outcome.sent === 'no';":
			'Only a lost request has the field that says whether it was sent. The compiler requires the check.',
	},
};
