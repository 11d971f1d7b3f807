import Ajv from 'ajv';
import { DateTime } from 'luxon';

import type { Exchange } from '../sandbox/server';

interface Response {
	$ref?: string;
	headers?: Record<string, unknown>;
	content?: Record<string, unknown>;
}

interface OpenApiOperation {
	operationId: string;
	parameters?: Array<{ name: string; in: string; required?: boolean }>;
	requestBody?: { content: Record<string, unknown> };
	responses: Record<string, Response>;
}

/** The parts of an OpenAPI description that are compared. */
export interface Description {
	paths: Record<string, Record<string, OpenApiOperation>>;
	components: { responses: Record<string, Response> };
}

const pointer = (...parts: string[]): string =>
	parts.map((part) => `/${encodeURIComponent(part.replace(/~/g, '~0').replace(/\//g, '~1'))}`).join('');

/** Compares exchanges with the description. */
export class Comparison {
	readonly operations = new Set<string>();

	/** Operation and status, such as `getPerson 404`. */
	readonly reached = new Set<string>();

	readonly differences = new Map<string, number>();

	requests = 0;

	answers = 0;

	private readonly ajv = new Ajv({ strict: false, allErrors: true });

	private readonly validators = new Map<string, ReturnType<Ajv['compile']>>();

	constructor(private readonly description: Description) {
		this.ajv.addFormat(
			'date-time',
			(text: string) => /T.*(Z|[+-]\d\d:?\d\d)$/.test(text) && DateTime.fromISO(text).isValid,
		);
		this.ajv.addFormat('email', /^[^@\s]+@[^@\s]+$/);
		this.ajv.addFormat('uri', (text: string) => URL.canParse(text));
		this.ajv.addSchema({ $id: 'doorflow', ...description });
	}

	/** @param forced whether failures were forced on operations that may not have them */
	look(exchange: Exchange, forced: boolean): void {
		const method = exchange.method.toLowerCase();
		const path = this.pathOf(exchange.route);
		const operation = path === undefined ? undefined : this.description.paths[path]?.[method];
		if (!path || !operation) {
			// The consent page posts to itself, which the description leaves out.
			return this.differ(`${exchange.method} ${exchange.route}: not in the description`);
		}
		const name = operation.operationId;
		this.operations.add(name);
		this.request(name, operation, exchange, pointer('paths', path, method));
		const response = operation.responses[String(exchange.status)];
		const made = (exchange.body as { error?: string } | null)?.error === 'failure';
		if (!response) {
			if (!made && (!forced || exchange.status < 400))
				this.differ(`${name}: answers ${exchange.status}, which is not described`);
			return;
		}
		this.answers++;
		this.reached.add(`${name} ${exchange.status}`);
		if (forced && made) return;
		const place = response.$ref
			? response.$ref.slice(1)
			: pointer('paths', path, method, 'responses', String(exchange.status));
		this.response(
			name,
			exchange,
			response.$ref
				? (this.description.components.responses[response.$ref.split('/').at(-1) ?? ''] ?? {})
				: response,
			place,
		);
	}

	all(): string[] {
		return Object.values(this.description.paths).flatMap((methods) =>
			Object.values(methods).map(({ operationId }) => operationId),
		);
	}

	/** What the description has and nobody came across. */
	unreached(): string[] {
		const described = Object.values(this.description.paths).flatMap((methods) =>
			Object.values(methods).flatMap(({ operationId, responses }) =>
				Object.keys(responses).map((status) => `${operationId} ${status}`),
			),
		);
		return described.filter((one) => !this.reached.has(one));
	}

	describedAnswers(): number {
		return this.unreached().length + this.reached.size;
	}

	private request(name: string, operation: OpenApiOperation, exchange: Exchange, place: string): void {
		this.requests++;
		const parameters = (operation.parameters ?? []).filter((one) => one.in === 'query');
		const query = (exchange.query ?? {}) as Record<string, unknown>;
		for (const parameter of Object.keys(query)) {
			// Ours, to consent without a page.
			if (parameter !== 'consent' && !parameters.some((one) => one.name === parameter))
				this.differ(`${name}: the query parameter ${parameter} is not described`);
		}
		if (exchange.status >= 400) return;
		for (const { name: needed, required } of parameters)
			if (required && !(needed in query)) this.differ(`${name}: the query parameter ${needed} is missing`);
		const [type] = Object.keys(operation.requestBody?.content ?? {});
		if (type === undefined || exchange.requestBody === undefined || exchange.requestBody === null) return;
		for (const error of this.errors(
			`${place}${pointer('requestBody', 'content', type, 'schema')}`,
			exchange.requestBody,
		))
			this.differ(`${name}: request ${error}`);
	}

	private response(name: string, exchange: Exchange, response: Response, place: string): void {
		const what = `${name}: answer ${exchange.status}`;
		for (const header of Object.keys(response.headers ?? {})) {
			const asked = (exchange.query as Record<string, unknown> | undefined)?.skip_pagination;
			const value = exchange.headers[header.toLowerCase()];
			if (asked === undefined && !/^\d+$/.test(String(value)))
				this.differ(`${what} lacks the header ${header}`);
		}
		const types = Object.keys(response.content ?? {});
		const sent = String(exchange.headers['content-type'] ?? '').split(';')[0] ?? '';
		if (types.length > 0 && !types.includes(sent))
			this.differ(`${what} is ${sent || 'of no type'}, not ${types.join(' or ')}`);
		if (sent !== 'application/json' || !types.includes(sent)) return;
		for (const error of this.errors(`${place}${pointer('content', sent, 'schema')}`, exchange.body))
			this.differ(`${what} ${error}`);
	}

	private errors(place: string, value: unknown): string[] {
		const validate = this.validators.get(place) ?? this.ajv.compile({ $ref: `doorflow#${place}` });
		this.validators.set(place, validate);
		return validate(value)
			? []
			: (validate.errors ?? []).map(
					({ instancePath, message }) =>
						`${instancePath.replace(/\/\d+/g, '/*') || '(whole)'} ${message ?? ''}`,
				);
	}

	private pathOf(route: string): string | undefined {
		const parts = route.split('/');
		return Object.keys(this.description.paths).find((candidate) => {
			const other = candidate.split('/');
			return (
				other.length === parts.length &&
				other.every((part, index) =>
					parts[index]?.startsWith(':') ? part.startsWith('{') : part === parts[index],
				)
			);
		});
	}

	private differ(text: string): void {
		this.differences.set(text, (this.differences.get(text) ?? 0) + 1);
	}
}
