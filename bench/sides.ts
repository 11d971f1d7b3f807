import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { DoorFlow, type ITokenStorage, type StoredTokens } from 'doorflow';
import type { INodeExecutionData, INodeParameters, INodeType, IVersionedNodeType } from 'n8n-workflow';

import { installN8n } from '../harness/install';
import { Engine } from '../test/engine/engine';
import { median, timed, type Sample } from './measure';

/**
 * One of n8n's own nodes, from the n8n that the tests install.
 *
 * @param file below its folder of nodes
 * @param version of a node that has several
 */
export async function baseNode(file: string, name: string, version?: number): Promise<INodeType> {
	const { script } = await installN8n();
	const require = createRequire(join(script, '..', '..', 'package.json'));
	const { [name]: Node } = require(`n8n-nodes-base/dist/nodes/${file}`) as Record<
		string,
		new () => INodeType | IVersionedNodeType
	>;
	if (!Node) throw new Error(`There is no node ${name} in ${file}`);
	const node = new Node();
	return 'getNodeType' in node ? node.getNodeType(version) : node;
}

/** n8n's own node that passes everything on: later nodes read the first items from it. */
export const noOpNode = async (): Promise<INodeType> => await baseNode('NoOp/NoOp.node.js', 'NoOp');

/** What a request costs at the least, in milliseconds: alone, on a connection that is open already. */
export async function loneRequest(engine: Engine): Promise<number> {
	const roundTrips: number[] = [];
	for (let count = 0; count < 50; count++)
		roundTrips.push(
			await timed(
				async () =>
					await (
						await fetch(`${engine.sandbox.url}/api/3/people?per_page=1`, {
							headers: { Authorization: `Bearer ${engine.tokens.access_token}` },
						})
					).text(),
			),
		);
	return median(roundTrips);
}

/** n8n's own HTTP Request node. */
export const httpRequestNode = async (): Promise<INodeType> =>
	await baseNode('HttpRequest/HttpRequest.node.js', 'HttpRequest', 4.2);

export interface Visitor {
	readonly first: string;
	readonly last: string;
	readonly email: string;
}

export const visitors = (count: number): INodeExecutionData[] =>
	Array.from({ length: count }, (_, index) => ({
		json: { first: `First${index}`, last: 'Guest', email: `${randomUUID()}@visitor.example` },
	}));

const locator = (value: string): INodeParameters =>
	({ __rl: true, mode: 'id', value }) as unknown as INodeParameters;

/** A person and a drawn PIN for each item, with the DoorFlow node. */
export async function withDoorFlow(engine: Engine, count: number, concurrency: number): Promise<Sample> {
	const options = { concurrency };
	const nodes = [
		{
			name: 'Person',
			type: 'n8n-nodes-doorflow.doorFlow',
			typeVersion: 1,
			parameters: {
				resource: 'person',
				operation: 'create',
				firstName: '={{ $json.first }}',
				lastName: '={{ $json.last }}',
				additionalFields: { email: '={{ $json.email }}' },
				options,
			},
		},
		{
			name: 'PIN',
			type: 'n8n-nodes-doorflow.doorFlow',
			typeVersion: 1,
			parameters: {
				resource: 'credential',
				operation: 'create',
				personId: locator('={{ $json.id }}'),
				credentialTypeId: locator('31'),
				valueMode: 'generate',
				options,
			},
		},
	] as never;
	return await chained(engine, nodes, visitors(count), {});
}

/** How HTTP Request sends a list: all at once, or so many at a time with a pause between two starts. */
export interface Batching {
	readonly batchSize: number;
	readonly batchInterval: number;
}

export const DRAWN_PIN = '={{ { person_credential: { credential_type_id: 31, value: "******" } } }}';

type ChainNode = Parameters<Engine['chain']>[0][number];

/** An HTTP Request node with DoorFlow's credential, as a user fills it in. A failed item does not end it. */
export function httpNode(
	name: string,
	batching: Batching | undefined,
	{ options, ...parameters }: INodeParameters & { options?: INodeParameters },
): ChainNode {
	return {
		name,
		type: 'n8n-nodes-base.httpRequest',
		typeVersion: 4.2,
		onError: 'continueRegularOutput',
		parameters: {
			authentication: 'predefinedCredentialType',
			nodeCredentialType: 'doorFlowOAuth2Api',
			...parameters,
			options: { ...options, ...(batching ? { batching: { batch: { ...batching } } } : {}) },
		},
	} as ChainNode;
}

export const httpPost = (
	name: string,
	batching: Batching | undefined,
	parameters: INodeParameters,
): ChainNode =>
	httpNode(name, batching, { method: 'POST', sendBody: true, specifyBody: 'json', ...parameters });

/** The same with n8n's HTTP Request nodes and the same credential. */
export async function withHttpRequest(
	engine: Engine,
	http: INodeType,
	count: number,
	batching?: Batching,
): Promise<Sample> {
	const nodes = [
		httpPost('Person', batching, {
			url: `${engine.sandbox.url}/api/3/people`,
			jsonBody: '={{ { first_name: $json.first, last_name: $json.last, email: $json.email } }}',
		}),
		httpPost('PIN', batching, {
			url: `=${engine.sandbox.url}/api/3/people/{{ $json.id }}/credentials`,
			jsonBody: DRAWN_PIN,
		}),
	];
	return await chained(engine, nodes, visitors(count), { 'n8n-nodes-base.httpRequest': http });
}

/** Runs nodes and counts the items that came out without a PIN as failed. */
export async function chained(
	engine: Engine,
	nodes: Parameters<Engine['chain']>[0],
	items: INodeExecutionData[],
	types: Parameters<Engine['chain']>[2],
): Promise<Sample> {
	let result: Awaited<ReturnType<Engine['chain']>> | undefined;
	const milliseconds = await timed(async () => (result = await engine.chain(nodes, items, types)));
	if (result?.error) console.log(`    ${JSON.stringify((result.error as Error).message)}`);
	const withPin = (result?.items ?? []).filter(({ json }) =>
		/^\d{4,7}$/.test(String(json.pin ?? json.value ?? '')),
	);
	return { milliseconds, figures: { failed: items.length - withPin.length } };
}

/** The official SDK with the engine's connection. */
export function sdk(engine: Engine): DoorFlow {
	const { access_token: accessToken, refresh_token: refreshToken } = engine.tokens;
	const tokens = {
		accessToken,
		refreshToken,
		expiresAt: Date.now() + 3_000_000,
		tokenType: 'Bearer',
		scope: '',
	} as unknown as StoredTokens;
	const storage: ITokenStorage = {
		load: async () => tokens,
		save: async () => undefined,
		clear: async () => undefined,
	};
	return new DoorFlow({
		clientId: 'sandbox-client',
		clientSecret: 'sandbox-secret',
		redirectUri: 'http://localhost:3000/callback',
		storage,
		basePath: engine.sandbox.url,
	});
}

/** The same with the official SDK, one after the other, as its examples do. */
export async function withSdk(engine: Engine, count: number): Promise<Sample> {
	const doorflow = sdk(engine);
	let done = 0;
	const milliseconds = await timed(async () => {
		for (const { json } of visitors(count)) {
			const person = await doorflow.people.createPerson({
				personInput: {
					firstName: String(json.first),
					lastName: String(json.last),
					email: String(json.email),
				} as never,
			});
			await doorflow.credentials.createCredential({
				personId: person.id as number,
				credentialInput: { personCredential: { credentialTypeId: 31, value: '******' } },
			} as never);
			done++;
		}
	});
	return { milliseconds, figures: { failed: count - done } };
}
