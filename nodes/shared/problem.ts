import { leastOf, listOfPermissions, quotedPermission, type Needed } from './permissions';
import { redact } from './redact';
import { counted } from './text';

/** Why something with DoorFlow did not work, in words for someone who never saw an HTTP status. */
export interface Problem {
	readonly kind:
		| 'reconnect'
		| 'permission'
		| 'notFound'
		| 'conflict'
		| 'invalid'
		| 'rateLimited'
		| 'unavailable'
		| 'fateUnknown'
		| 'misconfigured'
		| 'badInput'
		| 'cancelled'
		| 'notAllowed'
		| 'unexpected';
	/** What happened. */
	readonly message: string;
	/** What to do next. */
	readonly description: string;
	/** The HTTP status, where there was an answer. */
	readonly status?: number;
	/** Each field that DoorFlow refused, with its reasons. */
	readonly fields?: Readonly<Record<string, readonly string[]>>;
	readonly retryInSeconds?: number;
	/** Why a door did not let somebody in, in DoorFlow's words. */
	readonly reason?: string;
}

/** What a request was about, so that its problem can be told in the user's words. */
export interface About {
	/** What was to be done, as in "create the person". */
	readonly doing: string;
	/** The thing named by id, such as `{ thing: 'person', id: '12' }`. */
	readonly target?: { readonly thing: string; readonly id: string };
	/** The scope that DoorFlow asks for, or several of which one is enough. */
	readonly permission?: Needed;
	/** All that the node needs as it is set, this request included; asked for only when DoorFlow refuses. */
	readonly needs?: () => readonly Needed[];
	/** Values that must not be repeated in a message, such as a PIN. */
	readonly secrets?: readonly string[];
}

/** Thrown for every failure of DoorFlow or of its input. Its texts hold no token, secret or PIN. */
export class DoorFlowError extends Error {
	constructor(readonly problem: Problem) {
		super(problem.message);
		this.name = 'DoorFlowError';
	}
}

/** The execution was stopped. */
export const CANCELLED: Problem = {
	kind: 'cancelled',
	message: 'The execution was stopped before DoorFlow answered',
	description: 'Check in DoorFlow whether the last change was made before you run this again.',
};

/**
 * The same problem, with whom or what it is about in front: n8n gives an error output the text of an error and nothing of
 * the row that failed.
 *
 * @param name empty where there is none
 * @param id undefined where there is none
 */
export function namedProblem(problem: Problem, name: string, id?: string): Problem {
	const who = [name, ...(id === undefined ? [] : [`(ID ${id})`])].join(' ').trim();
	return who === '' ? problem : { ...problem, message: `${who}: ${problem.message}` };
}

/**
 * A problem with what the user typed or mapped.
 *
 * @param message what is wrong
 * @param description what to do next
 */
export function badInput(message: string, description: string): DoorFlowError {
	return new DoorFlowError({ kind: 'badInput', message, description });
}

/** The last resort when access is gone. DoorFlow: after a failed refresh the user must authorize again. */
export function reconnectProblem(credentialName: string | undefined): Problem {
	const which = credentialName ? `The DoorFlow credential "${credentialName}"` : 'The DoorFlow credential';
	return {
		kind: 'reconnect',
		status: 401,
		message: `${which} needs to be reconnected`,
		description:
			'DoorFlow no longer accepts the connection: access was revoked or the stored tokens are out of date. Open the credential in n8n and press Connect (or Reconnect, or Switch account), then run this again. Nothing was changed at DoorFlow by this step.',
	};
}

/** The connection could be renewed, so it is not lost, but DoorFlow does not take its new token either. */
export function refusedAgainProblem({ doing }: About): Problem {
	return {
		kind: 'unavailable',
		status: 401,
		message: `DoorFlow refused the connection's access token when asked to ${doing}, although it was renewed`,
		description:
			'Run it again in a few minutes. If it keeps happening, check in DoorFlow that the user who connected the credential still has access, then open the credential in n8n and press Reconnect.',
	};
}

/**
 * Puts an answer of DoorFlow that reports a failure into words.
 *
 * @param status the HTTP status, 400 or more
 * @param body the parsed body, whatever it is
 * @param about what was asked for
 * @param retryInSeconds how long DoorFlow asks to wait, if it does
 */
export function problemOfAnswer(
	status: number,
	body: unknown,
	about: About,
	retryInSeconds?: number,
): Problem {
	const said = saidByDoorFlow(body, about.secrets ?? []);
	const target = about.target ? `the ${about.target.thing} with ID "${about.target.id}"` : undefined;
	const reason = said.text === '' ? '' : ` DoorFlow says: ${said.text}${/[.!?]$/.test(said.text) ? '' : '.'}`;

	if (status === 403) {
		// An admission that the account's rules forbid is a 403 too; DoorFlow then doesn't speak of a scope.
		return {
			...forbiddenProblem(about, reason),
			status,
			...(said.reason === '' ? {} : { reason: said.reason }),
		};
	}
	if (status === 404) {
		return {
			kind: 'notFound',
			status,
			message: target
				? `DoorFlow does not know ${target}`
				: `DoorFlow did not find what is needed to ${about.doing}`,
			description: `${about.target ? `The ${about.target.thing}` : 'What the request names'} may have been deleted, or the ID belongs to another account. Choose from the list, or check where the ID comes from.${reason}`,
		};
	}
	if (status === 409) {
		return {
			kind: 'conflict',
			status,
			message: about.doing.includes('credential')
				? 'The person already has a credential of this type'
				: `DoorFlow can't ${about.doing}, because it conflicts with what is already there`,
			description: about.doing.includes('credential')
				? `Use Update on the person's existing credential, or delete that one first.${reason}`
				: `Check the current state in DoorFlow, then try again.${reason}`,
		};
	}
	if (status === 400 || status === 422) {
		const fields = Object.entries(said.fields);
		const list = fields.map(([field, reasons]) => `${field}: ${reasons.join(', ')}`).join('; ');
		return {
			kind: 'invalid',
			status,
			message:
				fields.length > 0
					? `DoorFlow refused to ${about.doing}: ${list}`
					: `DoorFlow refused to ${about.doing}`,
			description: `Correct ${fields.length > 0 ? 'the fields named' : 'the input of this node'} and run it again. Nothing was saved.${reason}`,
			...(fields.length > 0 ? { fields: said.fields } : {}),
		};
	}
	if (status === 429) {
		const wait =
			retryInSeconds === undefined ? 'a while' : counted(Math.ceil(retryInSeconds), 'second', 'seconds');
		return {
			kind: 'rateLimited',
			status,
			message: `DoorFlow asks you to wait ${wait} before it will ${about.doing}`,
			description:
				'DoorFlow got too many requests in a short time, and waiting longer would hold up the workflow. Run it again later, or send fewer items at once.',
			...(retryInSeconds === undefined ? {} : { retryInSeconds }),
		};
	}
	if (status >= 500) {
		return {
			kind: 'unavailable',
			status,
			message: `DoorFlow has a problem at the moment and could not ${about.doing}`,
			description: `The node tried several times. Run the workflow again in a few minutes.${reason}`,
		};
	}
	return {
		kind: 'unexpected',
		status,
		message: `DoorFlow answered with status ${status} when asked to ${about.doing}`,
		description: `DoorFlow doesn't document this answer. If it keeps happening, report it with the status and the operation.${reason}`,
	};
}

/**
 * DoorFlow does not allow something, or would not. All permissions that must be ticked are told at once: whoever ticks one
 * after the other connects again for each.
 *
 * @param about what was, or would be, asked for
 * @param more said at the end
 */
export function forbiddenProblem(about: About, more = ''): Problem {
	const { permission, needs } = about;
	if (permission === undefined) {
		return {
			kind: 'permission',
			message: `DoorFlow does not allow this connection to ${about.doing}`,
			description: `Ask an administrator of the DoorFlow account for access.${more}`,
		};
	}
	const all = leastOf([...(needs?.() ?? []), permission]);
	// Where the right to manage is needed as well, that is the one to tick.
	const missing = all.find((one) => leastOf([one, permission]).length === 1) ?? permission;
	const names = quotedPermission(missing);
	const listed = listOfPermissions(all);
	return {
		kind: 'permission',
		message: `DoorFlow does not allow this connection to ${about.doing}: the permission ${names} may be missing`,
		description: `${
			all.length === 1
				? `Open the DoorFlow credential, add the permission ${names}, save and press Connect again (or Switch account). If the credential already requests it, the person who connected may not have that right in DoorFlow.`
				: `With these settings, the node needs the permissions ${listed}. Open the DoorFlow credential, add all of them that it doesn't request yet, save and press Connect again (or Switch account). If the credential already requests all of them, the person who connected may not have these rights in DoorFlow.`
		}${more}`,
	};
}

/**
 * No answer came, and the request is one that must not be sent twice.
 *
 * @param about what was asked for
 * @param status the 5xx status, if there was an answer at all
 */
export function fateUnknownProblem(about: About, status?: number): Problem {
	return {
		kind: 'fateUnknown',
		...(status === undefined ? {} : { status }),
		message: `It is unclear whether DoorFlow managed to ${about.doing}`,
		description:
			"After the request was sent, the connection broke or DoorFlow reported an internal error. The node didn't send it again, so that nothing happens twice. Check in DoorFlow whether it was done before you run this again.",
	};
}

/**
 * DoorFlow could not be reached, several times in a row.
 *
 * @param about what was asked for
 * @param host where it was sought
 */
export function unreachableProblem(about: About, host: string): Problem {
	return {
		kind: 'unavailable',
		message: `DoorFlow could not be reached to ${about.doing}`,
		description: `Several attempts to connect to ${host} failed. Check n8n's internet connection and the API Base URL in the DoorFlow credential.`,
	};
}

interface Said {
	text: string;
	reason: string;
	fields: Record<string, string[]>;
}

const MAX_TEXT = 500;

function saidByDoorFlow(body: unknown, secrets: readonly string[]): Said {
	const clean = (value: unknown): string =>
		typeof value === 'string' || typeof value === 'number'
			? redact(String(value), secrets).slice(0, MAX_TEXT)
			: '';
	if (typeof body !== 'object' || body === null || Array.isArray(body))
		return { text: '', reason: '', fields: {} };
	const answer = body as Record<string, unknown>;
	const fields: Record<string, string[]> = {};
	if (typeof answer.errors === 'object' && answer.errors !== null) {
		for (const [field, reasons] of Object.entries(answer.errors).slice(0, 50)) {
			const list = (Array.isArray(reasons) ? reasons : [reasons])
				.map(clean)
				.filter((reason) => reason !== '');
			if (list.length > 0) fields[redact(field, secrets).slice(0, 60)] = list.slice(0, 10);
		}
	}
	const reason = clean(answer.reason);
	return {
		text: clean(answer.error_description) || clean(answer.description) || clean(answer.message) || reason,
		reason,
		fields,
	};
}
