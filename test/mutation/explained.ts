/**
 * Why a change to the code that no test notices is none that matters, by file and by the change: `«before → after»` in its
 * line, as `npm run test:mutation` prints it. A survivor that is not here, and an explanation of none, make it red.
 */
export const EXPLAINED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
	'nodes/DoorFlow/actions/visitor/rules.ts': {
		'{ zone }).toISODate() ?? «\'\' → "Stryker was here!"»;':
			'Luxon gives no date only for a zone that it does not know; such an account is refused before (accountZone.ts).',
		'if (groups === undefined || «roles === undefined → false») return false;':
			'Roles that are not known are neither none nor at most so many, so the next lines give the same. The line says it, and the compiler asks for it.',
		'return roles === 0 || («openReservations !== undefined → true» && roles <= openReservations);':
			'No number is at most undefined, so it is false either way. The compiler asks for it.',
		'const gaps: Booking[] = «[] → ["Stryker was here"]»;':
			'What has no beginning and no end is no gap of a minute: the last line of the function leaves it out.',
	},
	'nodes/DoorFlowTrigger/connection.ts': {
		').credentials?.[CREDENTIAL_TYPE]?.id ?? «\'\' → "Stryker was here!"»;':
			'Any name does for a node without a credential, as long as it is no ID of one.',
	},
	'nodes/DoorFlowTrigger/verified.ts': {
		'let verdict: Verdict = «\'noKey\' → ""»;':
			'It is overwritten before it is read. The compiler asks for a first value, and this one refuses.',
	},
	'nodes/shared/baseUrl.ts': {
		'const tokenUrl = accessTokenUrl ?? «\'\' → "Stryker was here!"»;':
			'Both are no address, so that there is none of its own.',
		'«url.origin === apiOrigin → true» &&':
			'The last line, by which the address begins with the origin and a slash, implies it. The one place where the token may go is guarded twice.',
	},
	'nodes/shared/notifications.ts': {
		'} catch «{ return undefined; } → {}»': 'A function that ends gives undefined as well.',
	},
	'nodes/shared/redact.ts': {
		'string, secrets: readonly string[] = «[] → ["Stryker was here"]»): string {':
			'It would hide the words "Stryker was here", which no text holds.',
	},
	'nodes/shared/retryPolicy.ts': {
		"if («outcome.kind === 'answer' → true» && outcome.status === 429) {":
			'Only an answer has a status. The compiler asks for it.',
		"if («outcome.kind === 'answer' → true» && outcome.status < 500) return {":
			'Only an answer has a status. The compiler asks for it.',
		"const surelyNotDone = «outcome.kind === 'lost' → true» && outcome.sent === 'no';":
			'Only what was lost says whether it was sent. The compiler asks for it.',
	},
};
