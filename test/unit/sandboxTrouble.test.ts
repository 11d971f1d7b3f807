import { times } from '../times';
import { until } from '../until';
import { call, CLIENT, connect, sandbox, status, useSandbox } from './sandboxClient';

useSandbox();

describe('trouble on demand', () => {
	test('the rate limit is exact in each second of the clock', async () => {
		const { access } = await connect();
		sandbox.control.config({ rateLimitPerSecond: 5 });
		const clock = jest.spyOn(Date, 'now');
		const start = Math.ceil(Date.now() / 1000) * 1000;
		for (const [at, allowed] of [
			[0, 5],
			[999, 0],
			[1000, 5],
			[1500, 0],
			[2000, 5],
		] as const) {
			clock.mockReturnValue(start + at);
			const answers = await Promise.all(
				Array.from({ length: 10 }, async () => await call(access, 'GET', '/api/3/groups')),
			);
			const refused = answers.filter(({ status: code }) => code === 429);
			expect(answers.filter(({ status: code }) => code === 200)).toHaveLength(allowed);
			expect(refused.map(({ headers }) => headers.get('retry-after'))).toEqual(
				Array.from({ length: 10 - allowed }, () => '1'),
			);
		}
		clock.mockRestore();
	});

	test('a dropped answer, though the request was carried out', async () => {
		const { access } = await connect();
		sandbox.control.config({ dropAfterWrite: true });
		await expect(
			call(access, 'POST', '/api/3/people', { first_name: 'Lost', last_name: 'Answer' }),
		).rejects.toThrow();
		expect(sandbox.store.everybody().at(-1)).toMatchObject({ first_name: 'Lost' });
		expect(await status(access)).toBe(200);
	});

	test.each([
		['never', false, false],
		['before', true, true],
		['after', false, true],
	])('silence: the request is carried out %s the silence', async (silentWrite, during, afterwards) => {
		const { access } = await connect();
		sandbox.control.config({ silentPath: 'POST /api/3/people$', silentWrite });
		const isThere = (): boolean => sandbox.store.everybody().at(-1)?.first_name === 'Silent';
		const said: string[] = [];
		sandbox.store.shared.news.on('silent', (request: string) => said.push(request));
		const client = new AbortController();
		const asked = fetch(`${sandbox.url}/api/3/people`, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${access}` },
			body: JSON.stringify({ first_name: 'Silent', last_name: 'Request' }),
			signal: client.signal,
		});
		await until('the silence', () => said.length > 0);
		expect([said, isThere()]).toEqual([['POST /api/3/people'], during]);
		client.abort();
		await expect(asked).rejects.toThrow('aborted');
		if (afterwards) await until('the request to be carried out', isThere);
		// An answer to another request, so that the sandbox had its turn.
		const answered = await status(access);
		expect([isThere(), answered]).toEqual([afterwards, 200]);
	});

	test('many people and events (in the long run, 100,000) are there in a moment and can be listed', async () => {
		const { access } = await connect();
		const many = times(10_000, 100_000);
		sandbox.control.config({ seedPeople: many, seedEvents: many });
		const last = await call(access, 'GET', `/api/3/people?per_page=100&page=${many / 100}`);
		expect([last.headers.get('total'), last.body.length]).toEqual([String(many), 100]);
		expect((await call(access, 'GET', `/api/3/events?n=1000&page=${many / 1000}`)).body).toHaveLength(1000);
		expect(new Set(sandbox.store.emails.keys()).size).toBe(many);
	});

	test('requests are listed with names of fields, never with values or tokens', async () => {
		const { access } = await connect();
		await call(access, 'POST', '/api/3/people/1004/credentials', {
			person_credential: { credential_type_id: 32, value: 'SECRETCARD' },
		});
		await call(access, 'GET', '/api/3/events/1?ack_token=SECRETACK');
		const text = JSON.stringify(await (await fetch(`${sandbox.url}/_sandbox/requests`)).json());
		for (const secret of [...sandbox.secrets(), 'SECRETCARD', 'SECRETACK', CLIENT.client_secret])
			expect(text).not.toContain(secret);
		expect(sandbox.control.requests().at(-2)).toMatchObject({
			method: 'POST',
			status: 201,
			fields: ['person_credential'],
		});
	});
});
