// Account: Check against servers that are broken, or are not the CRM: a useful sentence each, in time, and nothing of an account.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

import { beforeAll, beforeEach, describe, expect, it, test } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import { scopes } from '../../sandbox/keys.mts';
import { startSandbox } from '../../sandbox/server.mts';
import type { Sandbox } from '../../sandbox/server.mts';
import { verdictsOn } from '../../scripts/report/assumptions.mts';
import { readReport } from '../../scripts/report/report.mts';
import { PLENTY } from '../fixtures.mts';
import { CHECK, type Item, checkWith, sandbox, setUpSandbox } from './check.mts';
import { withCrm } from './crm.mts';
import { startEngine } from './engine.mts';

/** What the issue promises, and what a check is given in all. */
const LONGEST_MS = 30_000;

setUpSandbox();

let keys = 0;

/** One check, with a key that no other test has used: what is known of a key's rate limit is shared in the process. */
async function check(
	baseUrl: string,
	parameters: INodeParameters = {},
	apiKey = `wlcro_live_92_bad-times-${++keys}`,
): Promise<Item> {
	const engine = await startEngine({ apiKey, baseUrl });
	const startedAt = Date.now();
	const item = await checkWith(engine, parameters);
	expect(Date.now() - startedAt).toBeLessThan(LONGEST_MS);
	return item;
}

/** A server that does as a test says; gives what was asked of it. */
async function withServer(
	listener: RequestListener,
	work: (baseUrl: string) => Promise<void>,
): Promise<string[]> {
	const asked: string[] = [];
	const server = createServer((request, response) => {
		asked.push(`${request.method} ${request.url}`);
		listener(request, response);
	});
	await once(server.listen(0, '127.0.0.1'), 'listening');
	try {
		await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
	} finally {
		server.closeAllConnections();
		server.close();
	}
	return asked;
}

const html = '<!doctype html><html><body><form>Log in, Jane</form></body></html>';
const json = (body: unknown, init: { status?: number } = {}) =>
	Response.json(body, { ...init, headers: { 'x-request-id': 'r-1' } });

describe('One sentence, after one call, tells of', () => {
	it.each([
		[
			'a login page',
			() => new Response(html, { headers: { 'content-type': 'text/html' } }),
			/not the WhiteLabelCRO API|a web page instead of data/,
		],
		[
			'a redirect',
			() => new Response('', { status: 302, headers: { location: 'https://example.com/' } }),
			/is not the WhiteLabelCRO API.*a redirect/,
		],
		[
			'another server',
			() => new Response('404 page not found', { status: 404 }),
			/is not the WhiteLabelCRO API/,
		],
		[
			'a key that is not accepted',
			() => json({ message: 'Unknown key' }, { status: 401 }),
			/did not accept the API key\. .*create a new key/,
		],
	])('%s', async (_name, answer, sentence) => {
		let calls = 0;
		const count = () => {
			calls += 1;
			return answer();
		};
		await withCrm(count, async (baseUrl) => {
			const { ok, problems, scopes: found } = await check(baseUrl, { checkAdminScope: true });
			expect(problems).toEqual([expect.stringMatching(sentence)]);
			expect(ok).toBe(false);
			expect(new Set(Object.values(found))).toEqual(new Set(['not checked']));
		});
		expect(calls).toBe(1);
	});

	it('a server that is not there', async () => {
		const { problems, round_trip_ms } = await check('http://127.0.0.1:9');
		expect(problems).toEqual([expect.stringMatching(/does not accept connections\. Check the 'Base URL'/)]);
		expect(round_trip_ms).toBeNull();
	});

	it('a host that has no address', async () => {
		const { problems } = await check('https://tenant.whitelabelcro.invalid');
		expect(problems).toEqual([expect.stringMatching(/^There is no server at the credential's 'Base URL'/)]);
	});
});

describe('One sentence tells of a server that', () => {
	it.each([
		[
			'has an internal problem',
			() => json({ message: 'Oops' }, { status: 500 }),
			/internal problem \(HTTP 500\)\. Try again later/,
		],
		[
			'is a gateway whose API is down',
			() => new Response('Bad gateway', { status: 502 }),
			/internal problem \(HTTP 502\)/,
		],
		[
			'knows none of the addresses',
			() => json({ message: 'Not found' }, { status: 404 }),
			/nothing at the address for the employees, .*Check the credential's 'Base URL'/,
		],
		[
			'refuses everything',
			() => json({ message: 'No' }, { status: 400 }),
			/refused the request for the employees, .*\(HTTP 400\)\. WhiteLabelCRO says: No\. Check/,
		],
		['lets nobody in', () => json({ message: 'Slow down' }, { status: 429 }), /rate limit is used up/],
	])('%s', async (_name, answer, sentence) => {
		await withCrm(answer, async (baseUrl) => {
			const { problems } = await check(baseUrl);
			expect(problems.filter((problem) => !/^WhiteLabelCRO answers in a form/.test(problem))).toEqual([
				expect.stringMatching(sentence),
			]);
		});
	});

	it('cuts every connection', async () => {
		await withServer(
			(request) => request.socket.destroy(),
			async (baseUrl) => {
				expect((await check(baseUrl)).problems).toEqual([
					expect.stringMatching(/connection to WhiteLabelCRO was lost/),
				]);
			},
		);
	});
});

/** Each with a CRM of its own, so that all can wait side by side. */
const slowServers: Array<[name: string, work: () => Promise<void>]> = [
	[
		'never answers',
		async () => {
			const asked = await withServer(
				() => undefined,
				async (baseUrl) => {
					const { problems, report } = await check(baseUrl);
					expect(problems).toEqual([expect.stringMatching(/did not answer in time\. Try again later/)]);
					const seen = verdictsOn(readReport(report)).filter((verdict) => verdict.seen !== undefined);
					expect(seen.map(({ detail }) => detail)).toEqual(['Base URL', 'Form of the API key']);
				},
			);
			expect(asked.length).toBeLessThanOrEqual(12);
		},
	],
	[
		'trickles its answers for ever',
		async () => {
			const timers: NodeJS.Timeout[] = [];
			const trickle: RequestListener = (_request, response) => {
				response.writeHead(200, { 'content-type': 'application/json' });
				timers.push(setInterval(() => response.write(' '), 200));
			};
			try {
				await withServer(trickle, async (baseUrl) => {
					expect((await check(baseUrl)).problems).toEqual([expect.stringMatching(/did not answer in time/)]);
				});
			} finally {
				for (const timer of timers) clearInterval(timer);
			}
		},
	],
	[
		'lets one call hang: of that alone',
		() =>
			withSlowSandbox('GET .*/events', 60_000, async (slow) => {
				const { problems, scopes: found } = await check(slow.url, {}, slow.apiKey);
				expect(problems).toEqual([
					expect.stringMatching(/did not answer in time when asked for the event log\./),
				]);
				expect(found).toMatchObject({ 'events:read': 'not checked', 'webhooks:write': 'yes' });
			}),
	],
	[
		'is asked by another execution first: not of the wait for it',
		() =>
			withSlowSandbox('.*', 5000, async ({ apiKey, url }) => {
				const engine = await startEngine({ apiKey, baseUrl: url });
				const other = engine.execute({ resource: 'employee', operation: 'getMany' });
				const { problems } = await checkWith(engine);
				await other;
				expect(problems.filter((problem) => /in time/.test(problem))).toEqual([]);
			}),
	],
	[
		'is so slow that not all can be asked',
		() =>
			withSlowSandbox('.*', 6000, async (slow) => {
				const { problems } = await check(slow.url, { checkAdminScope: true }, slow.apiKey);
				expect(problems).toEqual([expect.stringMatching(/^WhiteLabelCRO answers slowly, so not everything/)]);
			}),
	],
];

async function withSlowSandbox(
	route: string,
	ms: number,
	work: (slow: Sandbox) => Promise<void>,
): Promise<void> {
	const slow = await startSandbox({ limits: PLENTY });
	slow.raise('lead.created');
	slow.faults.inject({ route, kind: 'latency', ms });
	try {
		await work(slow);
	} finally {
		await slow.close();
	}
}

describe('Told in time is of a server that', () => {
	let outcomes: Array<PromiseSettledResult<void>>;
	beforeAll(async () => {
		outcomes = await Promise.allSettled(slowServers.map(([, work]) => work()));
	});

	it.each(slowServers.map(([name], i) => [name, i] as const))('%s', (_name, i) => {
		expect(outcomes[i]).toEqual({ status: 'fulfilled', value: undefined });
	});
});

describe('What a server answers in forms that are not known', () => {
	test.each([
		['a broken text', '{"client_'],
		['another object', '{"unheard_of":{"Jane Smith":1}}'],
		['a number', '42'],
		['nothing', ''],
		['a list of lists', '[[["Jane Smith"]]]'],
	])('is told as such, and leaves nothing of its values in the report: %s', async (_name, text) => {
		const answer = () =>
			new Response(text, { headers: { 'content-type': 'application/json', 'x-request-id': 'r-1' } });
		await withCrm(answer, async (baseUrl) => {
			const { ok, problems, report } = await check(baseUrl);
			expect(ok).toBe(false);
			expect(problems.length).toBeGreaterThan(0);
			expect(problems.join(' ')).toMatch(/paste 'report'/);
			expect(report).not.toMatch(/client_$|Jane|Smith|unheard_of/m);
		});
	});

	test('is told without the names of fields that may be of the account: custom fields, and objects by email', async () => {
		const custom = { client_id: 5, 'Number of kids': 2, FavoriteTeam: 'Reds', 'jane@example.com': 'x' };
		const answer = ({ url }: { url: URL }) => {
			if (url.pathname.includes('/lookups/'))
				return json({ clients: [custom], employees: [custom], affiliates: [custom], statuses: [custom] });
			if (url.pathname.includes('/search')) return json(custom);
			if (url.pathname.endsWith('/events'))
				return json({ events: [{ id: 1, type: 'lead.created', payload: custom, ZipOfJane: 1 }] });
			return json({ 'jane@example.com': custom, data: [{ id: 5, OwnField: 'x' }] });
		};
		await withCrm(answer, async (baseUrl) => {
			const item = await check(baseUrl);
			expect(item.report).not.toMatch(/kids|Favorite|Reds|jane|ZipOf|OwnField/i);
			expect(item.report).toContain('{client_id: number(1), (name of 14): number(1)');
		});
	});
});

describe('A server of which a part is broken', () => {
	beforeEach(() => {
		sandbox.raise('lead.created');
	});
	const checkSandbox = (parameters: INodeParameters = {}) =>
		check(sandbox.url, parameters, sandbox.createKey(scopes));

	it.each([
		['GET .*/events', 'the event log'],
		['GET .*/subscriptions', 'the webhook subscriptions'],
		['GET .*/employees', 'the employees'],
		['GET .*/search', 'a search'],
	])('is told of by that part, with all the rest: %s', async (route, what) => {
		sandbox.faults.inject({ route, kind: 'status-before', status: 503 });
		const { problems, scopes: found } = await checkSandbox();
		expect(problems).toEqual([
			expect.stringMatching(
				new RegExp(`internal problem \\(HTTP 503\\) when asked for ${what}\\. Try again later`),
			),
		]);
		expect(Object.values(found).filter((answer) => answer === 'yes').length).toBeGreaterThanOrEqual(2);
	});

	it.each([
		['garbage', /can't read WhiteLabelCRO's answer when it asks for the event log\. .*paste 'report'/],
		['html', /a web page instead of data when asked for the event log\. .*try again later/],
	] as const)('is told of where one answer is %s', async (kind, sentence) => {
		sandbox.faults.inject({ route: 'GET .*/events', kind });
		const { problems } = await checkSandbox();
		expect(problems).toEqual([expect.stringMatching(sentence)]);
	});
});

describe('A write that should be refused, and is not,', () => {
	const half =
		(path: string, answer: () => unknown) =>
		({ url, method }: { url: URL; method: string }) => {
			if (method === 'POST')
				return url.pathname === path
					? answer()
					: json({ message: 'first_name is required' }, { status: 400 });
			return json({ message: 'The key lacks integrations:read events:read' }, { status: 403 });
		};

	it('is told first, by what was made and how to undo it', async () => {
		const crm = half('/api/v1/events/test', () => json({ id: 4711 }, { status: 201 }));
		await withCrm(crm, async (baseUrl) => {
			const { problems, report, ok } = await check(baseUrl, { checkAdminScope: true });
			expect(problems[0]).toMatch(/created a test event with the ID 4711\. Delete it in WhiteLabelCRO/);
			expect(report).not.toContain('4711');
			expect(ok).toBe(false);
		});
	});

	it('is told also where its ID is not', async () => {
		const crm = half('/api/v1/events/test', () => json([], { status: 200 }));
		await withCrm(crm, async (baseUrl) => {
			const { problems } = await check(baseUrl, { checkAdminScope: true });
			expect(problems[0]).toMatch(/created a test event \(WhiteLabelCRO did not say its ID\)/);
		});
	});

	it('may have been made where the server did not answer properly, which is told', async () => {
		const crm = half('/api/v1/events/test', () => json({}, { status: 504 }));
		await withCrm(crm, async (baseUrl) => {
			const { problems } = await check(baseUrl, { checkAdminScope: true });
			expect(problems[0]).toMatch(
				/^WhiteLabelCRO may have created a test event without a type\. Look for it in WhiteLabelCRO/,
			);
		});
	});

	it('was never sent by a check that was not asked to', async () => {
		const methods = new Set<string>();
		const crm = ({ method }: { method: string }) => {
			methods.add(method);
			return json({ message: 'no' }, { status: 403 });
		};
		await withCrm(crm, async (baseUrl) => void (await check(baseUrl)));
		expect([...methods]).not.toContain('POST');
	});
});

test('A Base URL that cannot be used is an error, as for every operation', async () => {
	const engine = await startEngine({ apiKey: 'wlcro_live_92_x', baseUrl: 'http://crm.example.com' });
	await expect(engine.execute(CHECK)).rejects.toMatchObject({
		message: expect.stringContaining('must start with https://'),
	});
});

test('A check ends when the user cancels the execution', async () => {
	await withServer(
		() => undefined,
		async (baseUrl) => {
			const engine = await startEngine({ apiKey: 'wlcro_live_92_cancel', baseUrl });
			const cancel = new AbortController();
			const run = engine.execute(CHECK, [{}], { abortSignal: cancel.signal });
			cancel.abort(new Error('Cancelled'));
			await expect(run).rejects.toThrow();
		},
	);
});
