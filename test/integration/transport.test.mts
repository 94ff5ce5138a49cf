import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { describe, expect, it } from '@jest/globals';
import { sleep } from 'n8n-workflow';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { resources } from '../../nodes/WhiteLabelCro/actions/resources.ts';
import { dialectChoices } from '../../sandbox/dialect.mts';
import type { Fault } from '../../sandbox/faults.mts';
import { startSandbox } from '../../sandbox/server.mts';
import type { Sandbox } from '../../sandbox/server.mts';
import { byId, createLead, onlySubscriptionOf } from '../fixtures.mts';
import { startEngine } from './engine.mts';
import { runs } from './everyOperation.mts';
import { useStage } from './stage.mts';

const createNote: INodeParameters = {
	resource: 'note',
	operation: 'create',
	clientId: byId(12345),
	text: 'Hello',
};
const updateClient: INodeParameters = {
	resource: 'client',
	operation: 'update',
	clientId: byId(12345),
	updateFields: { city: 'Berlin' },
};
const findClient: INodeParameters = {
	resource: 'client',
	operation: 'find',
	criteria: { clientId: '12345' },
};

const { sandbox, engine, engineWith } = useStage();

const leadsNamed = (email: string) => sandbox.store.records.all().filter((record) => record.email === email);
const calls = (method: string, path = /./) =>
	sandbox.requests.filter((request) => request.method === method && path.test(request.path));
const refused = () => sandbox.requests.filter(({ status }) => status === 429).length;
const emails = (count: number) =>
	Array.from({ length: count }, (_, i) => ({ email: `lead-${i}@example.com` }));

describe('the rate limit', () => {
	it('is not run into: after the last allowed call the node waits for the reset', async () => {
		sandbox.setLimits({ write: 4, windowSeconds: 1 });
		expect(await engine.execute(createLead, emails(13))).toHaveLength(13);
		expect(refused()).toBe(0);
	});

	it.each([
		['3 s that begin on multiples of their length', {}, { write: 40, windowSeconds: 3 }],
		['1 s', {}, { write: 20, windowSeconds: 1 }],
		[
			'3 s that begin with a call, their reset rounded down',
			{ rateLimitWindows: 'first-call', rateLimitReset: 'rounded-down' },
			{ write: 40, windowSeconds: 3 },
		],
		[
			'1 s that begin with a call, their reset rounded up',
			{ rateLimitWindows: 'first-call' },
			{ write: 20, windowSeconds: 1 },
		],
	] as const)(
		'refuses none of 100 executions that start at once with one key, in windows of %s',
		async (_what, dialect, limits) => {
			sandbox.setDialect(dialect);
			sandbox.setLimits(limits);
			const runs = emails(100).map(async (item) => await engine.execute(createLead, [item]));
			expect((await Promise.all(runs)).flat()).toHaveLength(100);
			expect(refused()).toBe(0);
			expect(calls('POST')).toHaveLength(100);
		},
		120_000,
	);

	it('that the API has told once is kept to by searches that find nothing, whose answers do not tell it', async () => {
		sandbox.setLimits({ read: 20, windowSeconds: 3 });
		const findNobody = { ...findClient, criteria: { email: '={{ $json.email }}' } };
		await engine.execute(findClient);
		await engine.execute(findNobody, emails(50));
		expect(calls('GET').filter(({ status }) => status === 404).length).toBeGreaterThanOrEqual(50);
		expect(refused()).toBe(0);
	});

	it('is one for a key, also where a credential has spaces around it', async () => {
		sandbox.setLimits({ write: 12, windowSeconds: 3 });
		const apiKey = sandbox.createKey(['integrations:write']);
		const engines = [apiKey, ` ${apiKey}\n`].map((key) => engineWith(key));
		await Promise.all((await Promise.all(engines)).map((one) => one.execute(updateClient, emails(20))));
		expect(calls('PATCH')).toHaveLength(40);
		expect(refused()).toBe(0);
	});

	it.each<Fault['kind']>(['reset-before', 'reset-after', 'status-before'])(
		'is found out by the next execution if the call of the first ends with a %s',
		async (kind) => {
			sandbox.faults.inject({ route: 'PATCH', kind, times: 1 });
			const runs = emails(20).map(async (item) => await engine.execute(updateClient, [item]));
			expect((await Promise.all(runs)).flat()).toHaveLength(20);
		},
		60_000,
	);

	it('is left to workflows in its last fifth by a poll, which waits for the next window', async () => {
		sandbox.setLimits({ read: 5, windowSeconds: 3 });
		for (let read = 0; read < 4; read++) await engine.execute(findClient);
		const poll = engine.poller({ triggerOn: ['*'] }).poll();
		await engine.execute(findClient);
		const paths = () => calls('GET').map(({ path }) => path.replace(/^.*\//, ''));
		expect(paths()).toEqual(['search', 'search', 'search', 'search', 'search']);
		await poll;
		expect(paths().at(-1)).toBe('events');
		expect(refused()).toBe(0);
	});

	it('lets a list through in five seconds, and a poll before it ends, while a run of 180 reads waits for it', async () => {
		sandbox.setLimits({ read: 60, windowSeconds: 60 });
		const poller = engine.poller({ triggerOn: ['*'] });
		await poller.poll();
		let isOver = false;
		const run = engine.execute(findClient, emails(180)).finally(() => (isOver = true));
		let polled: Promise<boolean> | undefined;
		for (let lists = 0; lists < 2; lists++) {
			while (calls('GET').length < 55 + 60 * lists) await sleep(500);
			polled ??= poller.poll().then(() => isOver);
			const askedAt = Date.now();
			const { results } = await engine.listSearch('searchLeadStatuses');
			expect(results).not.toHaveLength(0);
			expect(Date.now() - askedAt).toBeLessThan(5500);
		}
		expect(isOver).toBe(false);
		expect(await polled).toBe(false);
		expect(await run).toHaveLength(180);
		expect(refused()).toBe(0);
	});

	it.each(['all-headers', 'rate-limit-headers', 'retry-after', 'no-headers'] as const)(
		'that another client used up is waited for when the 429 carries %s',
		async (tooManyRequests) => {
			sandbox.setDialect({ tooManyRequests });
			sandbox.setLimits({ write: 5, windowSeconds: 1 });
			const apiKey = sandbox.createKey(['integrations:write']);
			sandbox.consume(apiKey, 'write', 5);
			const other = await engineWith(apiKey);
			expect(await other.execute(createLead, emails(2))).toHaveLength(2);
			expect(leadsNamed('lead-0@example.com')).toHaveLength(1);
		},
	);

	it('that does not reset within Maximum Wait fails at once, with the wait for n8n to know', async () => {
		sandbox.setDialect({ rateLimitWindows: 'first-call' });
		sandbox.setLimits({ write: 1, windowSeconds: 86_400 });
		const started = Date.now();
		await expect(
			engine.execute({ ...createLead, options: { maximumWait: 60 } }, emails(2)),
		).rejects.toMatchObject({
			message: expect.stringContaining('Too many requests'),
			description: expect.stringMatching(
				/Maximum Wait.*Item 2 of 2 failed.*Already in WhiteLabelCRO: item 1\./,
			),
			httpCode: '429',
			failure: { cause: 'rate-limited', retryAfterMs: expect.any(Number) },
		});
		expect(Date.now() - started).toBeLessThan(30_000);
	});

	it('is waited for visibly', async () => {
		// Long enough that an answer comes in the window that it tells of.
		sandbox.setLimits({ write: 1, windowSeconds: 5 });
		const run = await engine.runWorkflow(createLead, emails(3), {});
		const hints = run.data.resultData.runData.WhiteLabelCRO?.[0]?.hints;
		expect(hints).toMatchObject([
			{ message: expect.stringMatching(/^Waited \d+ seconds for the API key's write rate limit/) },
		]);
	});

	it('is no longer waited for once the user cancels', async () => {
		// A window that begins on the hour might end before the user cancels.
		sandbox.setDialect({ rateLimitWindows: 'first-call' });
		sandbox.setLimits({ write: 1, windowSeconds: 3600 });
		const cancel = new AbortController();
		setTimeout(() => {
			cancel.abort();
		}, 600_000);
		const started = Date.now();
		const running = engine.execute({ ...createLead, options: { maximumWait: 7200 } }, emails(2), {
			abortSignal: cancel.signal,
		});
		await expect(running).rejects.toThrow();
		expect(leadsNamed('lead-0@example.com')).toHaveLength(1);
		expect(Date.now() - started).toBeLessThan(630_000);
	});
});

describe('a call that fails for a moment', () => {
	it.each<[string, Fault]>([
		['503', { route: '.', kind: 'status-before', times: 2 }],
		['reset connection', { route: '.', kind: 'reset-before', times: 2 }],
		['503 after it took effect', { route: '.', kind: 'status-after', times: 2 }],
		['connection reset after it took effect', { route: '.', kind: 'reset-after', times: 2 }],
	])('with a %s succeeds on the third try, if repeating it does no harm', async (_what, fault) => {
		sandbox.faults.inject(fault);
		expect(await engine.execute(findClient)).toMatchObject([{ json: { client_id: 12345 } }]);
		sandbox.faults.inject(fault);
		expect(await engine.execute(updateClient)).toMatchObject([{ json: { client_id: 12345 } }]);
		const keys = calls('PATCH').map(({ headers }) => headers['idempotency-key']);
		expect(keys).toHaveLength(3);
		expect(new Set(keys).size).toBe(1);
	});

	it('fails after the third try, in words', async () => {
		sandbox.faults.inject({ route: '.', kind: 'status-before' });
		await expect(engine.execute(findClient)).rejects.toMatchObject({
			message: 'WhiteLabelCRO had an internal problem (HTTP 503)',
			failure: { cause: 'temporarily-unavailable' },
		});
		expect(calls('GET')).toHaveLength(3);
	});

	it('is repeated even if it creates, as long as it cannot have arrived', async () => {
		const closed = await startSandbox();
		await closed.close();
		const late = await startEngine({ apiKey: closed.apiKey, baseUrl: closed.url });
		const running = late.execute(createLead, emails(1));
		await new Promise((resolve) => setTimeout(resolve, 300));
		const crm = await startSandbox({ port: Number(new URL(closed.url).port) });
		try {
			await running;
			expect(crm.requests).toMatchObject([{ method: 'POST', status: 201 }]);
		} finally {
			await crm.close();
		}
	});
});

describe("n8n's Retry On Fail", () => {
	const settings = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };
	/** The node waits some seconds before it looks for what a creation may have made. */
	const PATIENCE_MS = 120_000;

	it('does not write again what an earlier try wrote, and all items come out', async () => {
		sandbox.setDialect({ idempotency: 'ignored' });
		sandbox.faults.inject({ route: 'POST .*/notes', kind: 'status-before', status: 400, times: 1, every: 4 });
		const notes = { ...createNote, text: '={{ $json.email }}' };
		const run = await engine.runWorkflow(notes, emails(6), settings);
		expect(run.status).toBe('success');
		expect(run.data.resultData.runData.WhiteLabelCRO?.[0]?.data?.main?.[0]).toHaveLength(6);
		expect(sandbox.store.notes.map(({ text }) => text)).toEqual(emails(6).map(({ email }) => email));
	});

	it('does not send again what may have taken effect and cannot be searched for', async () => {
		sandbox.setDialect({ idempotency: 'ignored' });
		sandbox.faults.inject({ route: 'POST .*/notes', kind: 'status-after', times: 1 });
		const run = await engine.runWorkflow(createNote, [{}], settings);
		expect(run.data.resultData.error?.message).toContain('WhiteLabelCRO did not confirm this change');
		expect(calls('POST')).toHaveLength(1);
		expect(sandbox.store.notes).toHaveLength(1);
	});

	it.each([303, 408])('does not send a note again whose creation was answered with a %i', async (status) => {
		sandbox.setDialect({ idempotency: 'ignored' });
		sandbox.faults.inject({ route: 'POST .*/notes', kind: 'status-after', status, times: 1 });
		const run = await engine.runWorkflow(createNote, [{}], settings);
		expect(run.data.resultData.error?.message).toContain('WhiteLabelCRO did not confirm this change');
		expect(sandbox.store.notes).toHaveLength(1);
	});

	it(
		'looks for a record that an earlier try may have created before it creates again',
		async () => {
			sandbox.setDialect({ idempotency: 'ignored' });
			sandbox.faults.inject({ route: 'POST', kind: 'status-after', times: 1 });
			// The search that would confirm it is down, too.
			sandbox.faults.inject({ route: 'GET', kind: 'status-before', times: 3 });
			const run = await engine.runWorkflow(createLead, emails(1), settings);
			expect(run.status).toBe('success');
			expect(run.data.resultData.runData.WhiteLabelCRO?.[0]?.data?.main?.[0]).toMatchObject([
				{ json: { confirmed_by_search: true } },
			]);
			expect(calls('POST')).toHaveLength(1);
			expect(leadsNamed('lead-0@example.com')).toHaveLength(1);
		},
		PATIENCE_MS,
	);

	it(
		'creates again, with the same idempotency key, what an earlier try turns out not to have created',
		async () => {
			sandbox.faults.inject({ route: 'POST', kind: 'status-before', times: 1 });
			sandbox.faults.inject({ route: 'GET', kind: 'status-before', times: 3 });
			const run = await engine.runWorkflow(createLead, emails(1), settings);
			expect(run.status).toBe('success');
			expect(leadsNamed('lead-0@example.com')).toHaveLength(1);
			expect(calls('POST')).toHaveLength(2);
			expect(new Set(calls('POST').map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
		},
		PATIENCE_MS,
	);

	it('reuses nothing in another execution', async () => {
		await engine.runWorkflow(createNote, [{}], settings);
		await engine.runWorkflow(createNote, [{}], settings);
		expect(sandbox.store.notes).toHaveLength(2);
	});

	it('reuses nothing for an equal item of the same try', async () => {
		await engine.runWorkflow(createNote, [{}, {}, {}], settings);
		expect(sandbox.store.notes).toHaveLength(3);
	});
});

describe('an answer that cannot be used', () => {
	it.each<[string, Fault, RegExp]>([
		['a web page', { route: 'GET', kind: 'html', status: 200 }, /answered with a web page instead of data$/],
		['garbage', { route: 'GET', kind: 'garbage', status: 200 }, /answered with neither a record/],
	])('%s is reported, with its endpoint under the details', async (_what, fault, message) => {
		sandbox.faults.inject(fault);
		await expect(engine.execute(findClient)).rejects.toMatchObject({
			message: expect.stringMatching(message),
			messages: [expect.stringMatching(/^GET \/api\/\S+ was answered with HTTP 200$/)],
		});
	});
});

describe('an item that does not get through to the API', () => {
	const notes = { ...createNote, text: '={{ $json.text }}' };
	const failureOf = async (status: number) => {
		sandbox.faults.inject({ route: 'POST', kind: 'proxy-page', status });
		return (await engine.execute(notes, [{ text: 'DROP TABLE' }]).catch((error: unknown) => error)) as Error;
	};

	it.each([
		[403, "A firewall in front of WhiteLabelCRO refused this item's text"],
		[406, "A firewall in front of WhiteLabelCRO refused this item's text"],
		[413, 'This item is too long for WhiteLabelCRO'],
		[414, 'This item is too long for WhiteLabelCRO'],
	])('says so, once the account has answered as the API (%i)', async (status, message) => {
		await engine.execute(notes, [{ text: 'Hello' }]);
		expect(await failureOf(status)).toMatchObject({ message, httpCode: String(status) });
	});

	it('may have the wrong Base URL, as long as nothing has answered as the API', async () => {
		expect((await failureOf(403)).message).toMatch(/is not the WhiteLabelCRO API/);
	});
});

describe('a subscription that is to be deleted', () => {
	const remove = { resource: 'webhookSubscription', operation: 'delete', subscriptionId: byId('4711') };

	it('was gone already if the API says so', async () => {
		expect(await engine.execute(remove)).toMatchObject([{ json: { id: '4711', deleted: false } }]);
	});

	it.each<[Fault['kind'], number]>([
		['proxy-page', 404],
		['proxy-text', 404],
		['proxy-page', 200],
	])('is neither gone nor deleted if a %s says so with a %i', async (kind, status) => {
		sandbox.faults.inject({ route: 'DELETE', kind, status });
		await expect(engine.execute(remove)).rejects.toMatchObject({
			message: expect.stringMatching(/is not the WhiteLabelCRO API|with a web page instead of data/),
		});
	});
});

describe('a refusal', () => {
	const failing = async (parameters: INodeParameters, scopes: Parameters<Sandbox['createKey']>[0]) => {
		const other = await engineWith(sandbox.createKey(scopes));
		return (await other
			.execute(parameters, [{ email: 'a@example.com' }])
			.catch((error: unknown) => error)) as IDataObject;
	};

	it.each(dialectChoices.errorBody.filter((form) => form !== 'html' && form !== 'empty'))(
		'for want of a scope names it, whatever the form of the error body (%s)',
		async (errorBody) => {
			sandbox.setDialect({ errorBody });
			expect(await failing(findClient, ['integrations:write'])).toMatchObject({
				message: "The API key lacks the scope 'integrations:read'",
				description: expect.stringMatching(/create a new key.*Request ID for WhiteLabelCRO's support: \S+/),
				failure: { cause: 'credential-invalid' },
			});
		},
	);

	it.each([
		[{ status: { __rl: true, mode: 'name', value: 'Lead - Nowhere' } }, /"Lead - Nowhere"/],
		[{ status: byId(999) }, /"999"/],
	])('of a status names it, and those that there are (%j)', async (status, value) => {
		const { client_id } = sandbox.createLead({ email: 'a@example.com' }) as { client_id: number };
		const move = { resource: 'lead', operation: 'updateStatus', clientId: byId(client_id), ...status };
		const error = await engine.execute(move).catch((thrown: unknown) => thrown as IDataObject);
		expect(error).toMatchObject({ description: expect.stringMatching(value) });
		expect(error).toMatchObject({ description: expect.stringMatching(/The account has: .*"Lead - New"/) });
		expect(error).not.toMatchObject({ description: expect.stringContaining('Client - Active') });
	});

	it('of the status of a new client names it, too', async () => {
		const additionalFields = { status: { __rl: true, mode: 'name', value: 'Nowhere' } };
		const create = { ...createLead, resource: 'client', email: 'a@example.com', additionalFields };
		await expect(engine.execute(create)).rejects.toMatchObject({
			description: expect.stringMatching(/"Nowhere".*The account has: .*"Client - Active"/),
		});
	});

	it('for a conflict advises what makes no second record', async () => {
		sandbox.faults.inject({ route: 'POST', kind: 'status-before', status: 409 });
		await expect(engine.execute({ ...createLead, email: 'a@example.com' })).rejects.toMatchObject({
			description: expect.stringContaining("use 'Lead: Create or Update'"),
		});
	});

	it('tells an AI agent in its message what to do, since n8n hands on no more', async () => {
		const settings = { type: 'n8n-nodes-whitelabelcro.whiteLabelCroTool' };
		const missing = { ...updateClient, clientId: byId(4711) };
		await expect(engine.execute(missing, [{}], { settings })).rejects.toMatchObject({
			message: expect.stringMatching(/^WhiteLabelCRO has no such record\. Check the ID\. /),
		});
	});

	it('of the key says where to make a new one', async () => {
		const stranger = await engineWith('wlcro_live_92_unknown');
		await expect(stranger.execute(findClient)).rejects.toMatchObject({
			message: 'Authorization failed: WhiteLabelCRO did not accept the API key',
			description: expect.stringContaining('Settings > Integrations > API Keys'),
			failure: { cause: 'credential-invalid' },
		});
		expect(calls('GET')).toHaveLength(1);
	});

	it("of another company's record says so", async () => {
		await expect(engine.execute({ ...updateClient, clientId: byId(99001) })).rejects.toMatchObject({
			message: 'WhiteLabelCRO refused access to this record',
			failure: { cause: 'configuration-invalid' },
		});
	});

	it.each([400, 422] as const)('of a field names it (%i)', async (validationStatus) => {
		sandbox.setDialect({ errorBody: 'problem', validationStatus });
		const refused = { ...updateClient, updateFields: { affiliateId: byId(4711) } };
		await expect(engine.execute(refused)).rejects.toMatchObject({
			message: 'WhiteLabelCRO refused a field of this item',
			description: expect.stringContaining("'Affiliate': does not exist"),
		});
	});

	it.each(['message-list', 'errors-list', 'model-state', 'fields-alone'] as const)(
		'says why, in whatever form the CRM does (%s)',
		async (errorBody) => {
			sandbox.setDialect({ errorBody });
			const refused = { ...updateClient, updateFields: { affiliateId: byId(4711) } };
			await expect(engine.execute(refused)).rejects.toMatchObject({
				description: expect.stringMatching(/('Affiliate'|affiliate_id): does not exist/),
			});
		},
	);

	const writes = resources.flatMap(({ value: resource, operations }) =>
		operations
			.filter((operation) => operation.writes)
			.map(({ value: operation }) => ({ resource, operation })),
	);
	it.each(writes)(
		'that comes with a success status is an error of $resource/$operation, which is sent once',
		async ({ resource, operation }) => {
			await engine.trigger({ triggerOn: ['lead.created'] }).publish();
			const { id } = onlySubscriptionOf(sandbox);
			const before = sandbox.requests.length;
			sandbox.faults.inject({ route: 'POST|PATCH|DELETE', kind: 'declined' });
			const run = runs[`${resource}/${operation}`];
			await expect(
				engine.execute({ resource, operation, ...run?.parameters }, [
					{ id: String(id), email: 'new@example.com' },
				]),
			).rejects.toMatchObject({
				message: 'WhiteLabelCRO refused the request',
				description: expect.stringContaining('WhiteLabelCRO says: The record is locked'),
			});
			const sent = sandbox.requests.slice(before).filter(({ method }) => method !== 'GET');
			expect(sent).toHaveLength(1);
		},
	);

	it("never repeats the key, nor a person's email or phone number, even if the server does", async () => {
		const echoing = createServer((request, response) => {
			const key = String(request.headers['x-api-key']);
			const message = `Duplicate: jane.smith@example.com, +1 (415) 555-1234, key ${key}, or wlcro_live_92_abc-DEF_ghi`;
			const headers = { 'content-type': 'application/json', 'x-request-id': 'r-1' };
			response.writeHead(422, headers).end(JSON.stringify({ message }));
		});
		await new Promise<void>((resolve) => echoing.listen(0, '127.0.0.1', resolve));
		const { port } = echoing.address() as AddressInfo;
		const other = await startEngine({ apiKey: 'of another form', baseUrl: `http://127.0.0.1:${port}` });
		try {
			await expect(other.execute(createNote)).rejects.toMatchObject({
				description: expect.stringContaining(
					'WhiteLabelCRO says: Duplicate: [email], [number], key [API key], or [API key]',
				),
			});
		} finally {
			echoing.close();
		}
	});
});
