import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { Fault } from '../../sandbox/faults.mts';
import { startSandbox } from '../../sandbox/server.mts';
import type { Sandbox } from '../../sandbox/server.mts';
import { byId, PLENTY } from '../fixtures.mts';
import { startEngine } from './engine.mts';
import type { Engine } from './engine.mts';

const createLead: INodeParameters = {
	resource: 'lead',
	operation: 'create',
	firstName: 'Ada',
	lastName: 'Adams',
	email: '={{ $json.email }}',
};
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
	additionalFields: { city: 'Berlin' },
};
const findClient: INodeParameters = {
	resource: 'client',
	operation: 'find',
	criteria: { clientId: '12345' },
};

let sandbox: Sandbox;
let engine: Engine;

beforeAll(async () => {
	sandbox = await startSandbox({ limits: PLENTY });
	engine = await startEngine({ apiKey: sandbox.apiKey, baseUrl: sandbox.url });
});
beforeEach(async () => {
	sandbox.reset();
	sandbox.setLimits(PLENTY);
	// A new key for each test, since what is known of a key's rate limit is shared in the process.
	const apiKey = sandbox.createKey([
		'integrations:read',
		'integrations:write',
		'events:read',
		'webhooks:write',
		'admin',
	]);
	engine = await startEngine({ apiKey, baseUrl: sandbox.url });
});
afterAll(() => sandbox.close());

const leadsNamed = (email: string) => sandbox.store.records.all().filter((record) => record.email === email);
const calls = (method: string, path = /./) =>
	sandbox.requests.filter((request) => request.method === method && path.test(request.path));
const emails = (count: number) =>
	Array.from({ length: count }, (_, i) => ({ email: `lead-${i}@example.com` }));

describe('the rate limit', () => {
	it('is not run into: after the last allowed call the node waits for the reset', async () => {
		sandbox.setLimits({ write: 4, windowSeconds: 1 });
		const output = await engine.execute(createLead, emails(13));
		expect(output).toHaveLength(13);
		expect(sandbox.requests.filter(({ status }) => status === 429).length).toBeLessThanOrEqual(1);
	});

	it('is shared by executions that run at once with one key', async () => {
		sandbox.setLimits({ write: 10, windowSeconds: 1 });
		await engine.execute(createLead, [{ email: 'first@example.com' }]);
		await Promise.all(
			[0, 1, 2].map((n) =>
				engine.execute(
					createLead,
					emails(8).map(({ email }) => ({ email: `${n}-${email}` })),
				),
			),
		);
		expect(sandbox.store.records.all().filter(({ email }) => /^\d-lead/.test(email))).toHaveLength(24);
		// Only the calls that were under way when a window began anew can meet one that is used up.
		expect(sandbox.requests.filter(({ status }) => status === 429).length).toBeLessThanOrEqual(3);
	});

	it.each(['all-headers', 'rate-limit-headers', 'retry-after', 'no-headers'] as const)(
		'that another client used up is waited for when the 429 carries %s',
		async (tooManyRequests) => {
			sandbox.setDialect({ tooManyRequests });
			sandbox.setLimits({ write: 5, windowSeconds: 1 });
			const apiKey = sandbox.createKey(['integrations:write']);
			sandbox.consume(apiKey, 'write', 5);
			const other = await startEngine({ apiKey, baseUrl: sandbox.url });
			expect(await other.execute(createLead, emails(2))).toHaveLength(2);
			expect(leadsNamed('lead-0@example.com')).toHaveLength(1);
		},
	);

	it('that does not reset within Maximum Wait fails at once, with the wait for n8n to know', async () => {
		sandbox.setLimits({ write: 1, windowSeconds: 3600 });
		const started = Date.now();
		await expect(
			engine.execute({ ...createLead, options: { maximumWait: 2 } }, emails(2)),
		).rejects.toMatchObject({
			message: expect.stringContaining('rate limit'),
			description: expect.stringMatching(
				/Maximum Wait.*Item 1 failed.*1 before it were processed and 1 written/,
			),
			httpCode: '429',
			failure: { cause: 'rate-limited', retryAfterMs: expect.any(Number) },
		});
		expect(Date.now() - started).toBeLessThan(1500);
	});

	it('is waited for visibly', async () => {
		sandbox.setLimits({ write: 1, windowSeconds: 1 });
		const run = await engine.runWorkflow(createLead, emails(2), {});
		const hints = run.data.resultData.runData.WhiteLabelCRO?.[0]?.hints;
		expect(hints).toMatchObject([
			{ message: expect.stringMatching(/^Waited \d+ seconds for the API key's write rate limit/) },
		]);
	});

	it('is no longer waited for once the user cancels', async () => {
		sandbox.setLimits({ write: 1, windowSeconds: 3600 });
		const cancel = new AbortController();
		const running = engine.execute({ ...createLead, options: { maximumWait: 7200 } }, emails(2), {
			abortSignal: cancel.signal,
		});
		const cancelled = Date.now() + 300;
		const timer = setTimeout(() => {
			cancel.abort();
		}, 300);
		await expect(running).rejects.toThrow();
		clearTimeout(timer);
		expect(Date.now() - cancelled).toBeLessThan(200);
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
		const port = new URL(sandbox.url).port;
		await sandbox.close();
		const running = engine.execute(createLead, [{ email: 'late@example.com' }]);
		await new Promise((resolve) => setTimeout(resolve, 300));
		sandbox = await startSandbox({ limits: PLENTY, port: Number(port) });
		await expect(running).rejects.toMatchObject({ httpCode: '401' });
	});
});

describe('a creation whose answer is lost', () => {
	const person = [{ email: 'once@example.com' }];

	it.each<Fault['kind']>(['status-before', 'status-after', 'reset-before', 'reset-after', 'garbage', 'html'])(
		'by a fault of the kind %s makes one record, and its item gets the result',
		async (kind) => {
			sandbox.setDialect({ idempotency: 'ignored' });
			for (const resource of ['lead', 'client']) {
				const email = `${resource}@example.com`;
				sandbox.faults.inject({ route: 'POST', kind, times: 1 });
				const [output] = await engine.execute({ ...createLead, resource }, [{ email }]);
				expect(leadsNamed(email)).toMatchObject([{ client_id: output?.json.client_id }]);
				const certain = kind.endsWith('before');
				expect(output?.json.confirmed_by_search).toBe(certain ? undefined : true);
			}
		},
	);

	it('is found by its external ID, if it has one, even among records with the same email', async () => {
		sandbox.createLead({ email: 'once@example.com' });
		sandbox.faults.inject({ route: 'POST', kind: 'reset-after', times: 1 });
		const [output] = await engine.execute({ ...createLead, additionalFields: { externalId: 'x-1' } }, person);
		expect(leadsNamed('once@example.com')).toHaveLength(2);
		expect(sandbox.store.records.get(output?.json.client_id as number)?.external_id).toBe('x-1');
	});

	it('is not mistaken for an older record with the same email', async () => {
		for (const record of leadsNamed('jane.smith@example.com')) expect(record.client_id).toBe(12345);
		sandbox.faults.inject({ route: 'POST', kind: 'reset-before', times: 1 });
		await expect(
			engine.execute({ ...createLead, resource: 'client' }, [{ email: 'jane.smith@example.com' }]),
		).rejects.toMatchObject({
			message: expect.stringContaining('another with the same email was there before'),
			description: expect.stringContaining('12345'),
		});
		expect(calls('POST')).toHaveLength(1);
	});

	it('is tried once more only, and then reported as unknown', async () => {
		sandbox.faults.inject({ route: 'POST', kind: 'reset-before' });
		await expect(engine.execute(createLead, person)).rejects.toMatchObject({
			message: expect.stringContaining('It is unknown whether'),
		});
		expect(calls('POST')).toHaveLength(2);
	});

	it('is reported as unknown if the key may not search', async () => {
		const apiKey = sandbox.createKey(['integrations:write']);
		const writer = await startEngine({ apiKey, baseUrl: sandbox.url });
		sandbox.faults.inject({ route: 'POST', kind: 'reset-after', times: 1 });
		await expect(writer.execute(createLead, person)).rejects.toMatchObject({
			message: expect.stringContaining('It is unknown whether'),
		});
		expect(leadsNamed('once@example.com')).toHaveLength(1);
	});

	it.each([
		['a note', createNote],
		[
			'an affiliate',
			{ resource: 'affiliate', operation: 'create', firstName: 'A', lastName: 'B', email: 'a@example.com' },
		],
		['a test event', { resource: 'event', operation: 'sendTest', eventType: 'lead.created' }],
	])(
		'of %s, which cannot be searched for, is reported as unknown and not repeated',
		async (_what, parameters) => {
			sandbox.faults.inject({ route: 'POST', kind: 'reset-after' });
			await expect(engine.execute(parameters)).rejects.toMatchObject({
				message: 'It is unknown whether WhiteLabelCRO carried out this write, so it was not repeated',
				description: expect.stringContaining('Look in WhiteLabelCRO whether the record exists'),
			});
			expect(calls('POST')).toHaveLength(1);
		},
	);
});

describe("n8n's Retry On Fail", () => {
	const settings = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };

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
		expect(run.data.resultData.error?.message).toContain('It is unknown whether WhiteLabelCRO carried out');
		expect(calls('POST')).toHaveLength(1);
		expect(sandbox.store.notes).toHaveLength(1);
	});

	it('looks for a record that an earlier try may have created before it creates again', async () => {
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
	});

	it('creates again, with the same idempotency key, what an earlier try turns out not to have created', async () => {
		sandbox.faults.inject({ route: 'POST', kind: 'status-before', times: 1 });
		sandbox.faults.inject({ route: 'GET', kind: 'status-before', times: 3 });
		const run = await engine.runWorkflow(createLead, emails(1), settings);
		expect(run.status).toBe('success');
		expect(leadsNamed('lead-0@example.com')).toHaveLength(1);
		expect(calls('POST')).toHaveLength(2);
		expect(new Set(calls('POST').map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
	});

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

describe('a search for which the API answers 404 both for a record and for a path that does not exist', () => {
	it.each([
		['search', 4],
		['find', 6],
	] as const)(
		'finds nothing on an account with /%s, and remembers the path for the run',
		async (searchPath, expected) => {
			sandbox.setDialect({ searchPath, searchEmpty: 'not-found' });
			const find = { ...findClient, criteria: { email: '={{ $json.email }}' } };
			expect(await engine.execute(find, emails(3))).toEqual([]);
			// One call an item, and what it took to tell the two apart once.
			expect(calls('GET')).toHaveLength(expected);
			expect(await engine.execute(findClient)).toMatchObject([{ json: { client_id: 12345 } }]);
		},
	);

	it('says so if the account has neither path', async () => {
		sandbox.faults.inject({ route: 'GET .*/clients/(search|find)', kind: 'status-before', status: 404 });
		await expect(engine.execute(findClient)).rejects.toMatchObject({ httpCode: '404' });
	});
});

describe('an answer that cannot be used', () => {
	it.each<[string, Fault, RegExp]>([
		[
			'a web page',
			{ route: 'GET', kind: 'html', status: 200 },
			/answered GET \/api.* with a web page instead of data/,
		],
		['garbage', { route: 'GET', kind: 'garbage', status: 200 }, /answered GET \/api.*client/],
	])('%s is reported with its endpoint', async (_what, fault, message) => {
		sandbox.faults.inject(fault);
		await expect(engine.execute(findClient)).rejects.toMatchObject({
			message: expect.stringMatching(message),
		});
	});
});

describe('a refusal', () => {
	const failing = async (parameters: INodeParameters, scopes: Parameters<Sandbox['createKey']>[0]) => {
		const other = await startEngine({ apiKey: sandbox.createKey(scopes), baseUrl: sandbox.url });
		return (await other
			.execute(parameters, [{ email: 'a@example.com' }])
			.catch((error: unknown) => error)) as IDataObject;
	};

	it.each(['message', 'error-text', 'error-object', 'problem', 'text'] as const)(
		'for want of a scope names it, whatever the form of the error body (%s)',
		async (errorBody) => {
			sandbox.setDialect({ errorBody });
			expect(await failing(findClient, ['integrations:write'])).toMatchObject({
				message: "The API key lacks the scope 'integrations:read'",
				description: expect.stringMatching(/make a new key.*Request ID for WhiteLabelCRO's support: \S+/),
				failure: { cause: 'credential-invalid' },
			});
		},
	);

	it('of the key says where to make a new one', async () => {
		const stranger = await startEngine({ apiKey: 'wlcro_live_92_unknown', baseUrl: sandbox.url });
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
		const refused = { ...updateClient, additionalFields: { affiliateId: byId(4711) } };
		await expect(engine.execute(refused)).rejects.toMatchObject({
			message: 'WhiteLabelCRO refused a field of this item',
			description: expect.stringContaining("'affiliate_id'"),
		});
	});

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
