// A creation of which it is not known whether it took effect: never lost, never doubled.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { describe, expect, it } from '@jest/globals';
import type { IDataObject } from 'n8n-workflow';

import type { Dialect } from '../../sandbox/dialect.mts';
import type { Fault } from '../../sandbox/faults.mts';
import { scopes as allScopes } from '../../sandbox/keys.mts';
import type { Scope } from '../../sandbox/keys.mts';
import { startSandbox } from '../../sandbox/server.mts';
import type { Sandbox } from '../../sandbox/server.mts';
import { patience } from '../../scripts/real-n8n/patience.mts';
import { byId, createLead, PLENTY } from '../fixtures.mts';
import { useLeapingClock } from './clock.mts';
import { startEngine } from './engine.mts';
import type { Engine } from './engine.mts';

useLeapingClock();

const EMAIL = 'once@example.com';
const createOnce = { ...createLead, email: EMAIL };

interface Stage {
	sandbox: Sandbox;
	engine: Engine;
	/** The records that the CRM holds under the email. */
	stored: () => IDataObject[];
	/** How many calls with this method the CRM has had. */
	calls: (method: string) => number;
}

/** Runs a case on a CRM of its own, so that cases can wait side by side. Nothing may rest on idempotency keys. */
async function onStage<T>(work: (stage: Stage) => Promise<T>, scopes: Scope[] = [...allScopes]): Promise<T> {
	const dialect: Partial<Dialect> = { idempotency: 'ignored' };
	const sandbox = await startSandbox({ limits: PLENTY, dialect });
	// One of its own: IDs begin anew in each CRM, and the process remembers by the key which ones it has received.
	const apiKey = sandbox.createKey(scopes);
	const engine = await startEngine({ apiKey, baseUrl: sandbox.url });
	try {
		return await work({
			sandbox,
			engine,
			stored: () =>
				sandbox.store.records.all().filter(({ email }) => email === EMAIL) as unknown as IDataObject[],
			calls: (method) => sandbox.requests.filter((request) => request.method === method).length,
		});
	} finally {
		await sandbox.close();
	}
}

/** What became of an execution of one item: its JSON, or its error. */
async function outcomeOf(running: ReturnType<Engine['execute']>): Promise<IDataObject> {
	return await running.then(
		([item]) => item?.json ?? {},
		(error: unknown) => error as IDataObject,
	);
}

const KINDS: Array<Fault['kind']> = [
	'status-before',
	'status-after',
	'reset-before',
	'reset-after',
	'garbage',
	'html',
];
const UNCONFIRMED = { code: 'WLCRO_ERR_UNCONFIRMED_WRITE' };

describe('a creation whose answer is lost', () => {
	it('makes one record whatever was lost, and its item gets the result', async () => {
		const cases = KINDS.flatMap((kind) => ['lead', 'client'].map((resource) => ({ kind, resource })));
		const outcomes = await Promise.all(
			cases.map(({ kind, resource }) =>
				onStage(async ({ sandbox, engine, stored }) => {
					sandbox.faults.inject({ route: 'POST', kind, times: 1 });
					const { client_id, confirmed_by_search } = await outcomeOf(
						engine.execute({ ...createOnce, resource }),
					);
					expect(stored()).toMatchObject([{ client_id }]);
					return { kind, resource, confirmed_by_search };
				}),
			),
		);
		expect(outcomes).toEqual(
			cases.map(({ kind, resource }) => {
				const wasRepeated = kind.endsWith('before');
				return { kind, resource, confirmed_by_search: !wasRepeated };
			}),
		);
	});

	it('is not repeated while the CRM still carries it out, up to five seconds after the answer', async () => {
		const kinds = ['status-late', 'reset-late'] as const;
		const cases = kinds.flatMap((kind) => [100, 1000, 3000, 5000].map((ms) => ({ kind, ms })));
		const outcomes = await Promise.all(
			cases.map(({ kind, ms }) =>
				onStage(async ({ sandbox, engine, stored, calls }) => {
					sandbox.faults.inject({ route: 'POST', kind, status: 504, ms, times: 1 });
					const { client_id, confirmed_by_search } = await outcomeOf(engine.execute(createOnce));
					const ids = stored().map((record) => record.client_id);
					return {
						kind,
						ms,
						posts: calls('POST'),
						confirmed_by_search,
						one: ids.length === 1 && ids[0] === client_id,
					};
				}),
			),
		);
		expect(outcomes).toEqual(
			cases.map((each) => ({ ...each, posts: 1, confirmed_by_search: true, one: true })),
		);
	});

	it('is looked for twice, some seconds apart, before it is repeated', async () => {
		await onStage(async ({ sandbox, engine }) => {
			sandbox.faults.inject({ route: 'POST', kind: 'status-before', status: 504, times: 1 });
			await engine.execute(createOnce);
			const [sent, ...later] = sandbox.requests.map(({ at }) => Date.parse(at));
			const seconds = later.map((at) => Math.floor((at - (sent ?? 0)) / 1000));
			const found = sandbox.requests.map(({ method, path }) => `${method} ${path.split('/').at(-1)}`);
			// Each time once more without a criterion the first time, since a 404 can mean the path, too.
			expect(found).toEqual(['POST leads', 'GET search', 'GET search', 'GET search', 'POST leads']);
			expect(seconds[0]).toBeGreaterThanOrEqual(1);
			expect(seconds[2]).toBeGreaterThanOrEqual(5);
		});
	});

	it('is the result when its repetition meets a conflict, as it does once the CRM has carried it out', async () => {
		await onStage(async ({ sandbox, engine, stored }) => {
			sandbox.faults.inject({ route: 'POST', kind: 'status-before', status: 504, times: 1 });
			sandbox.faults.inject({ route: 'POST', kind: 'status-after', status: 409, times: 1 });
			const { client_id, confirmed_by_search } = await outcomeOf(engine.execute(createOnce));
			expect(confirmed_by_search).toBe(true);
			expect(stored()).toMatchObject([{ client_id }]);
		});
	});

	it('is found by its external ID, if it has one, even among records with the same email', async () => {
		await onStage(async ({ sandbox, engine, stored }) => {
			sandbox.createLead({ email: EMAIL });
			sandbox.faults.inject({ route: 'POST', kind: 'reset-after', times: 1 });
			const additionalFields = { externalId: 'x-1' };
			const { client_id } = await outcomeOf(engine.execute({ ...createOnce, additionalFields }));
			expect(stored()).toHaveLength(2);
			expect(sandbox.store.records.get(client_id as number)?.external_id).toBe('x-1');
		});
	});

	it('is found by its email if its external ID is empty', async () => {
		await onStage(async ({ sandbox, engine, stored }) => {
			sandbox.faults.inject({ route: 'POST', kind: 'reset-after', times: 1 });
			const additionalFields = { extraFieldsJson: { external_id: '' } };
			const { client_id } = await outcomeOf(engine.execute({ ...createOnce, additionalFields }));
			expect(stored()).toMatchObject([{ client_id }]);
		});
	});

	it('is tried once more only, and then reported as unknown', async () => {
		await onStage(async ({ sandbox, engine, calls }) => {
			sandbox.faults.inject({ route: 'POST', kind: 'reset-before' });
			await expect(engine.execute(createOnce)).rejects.toMatchObject(UNCONFIRMED);
			expect(calls('POST')).toBe(2);
		});
	});

	it('is reported as unknown, with the reason, when its repetition is refused or held back', async () => {
		const refusing = (status: number) => (sandbox: Sandbox) => {
			sandbox.faults.inject({ route: 'POST', kind: 'status-before', status });
		};
		const cases: Array<[reason: string, hinder: (sandbox: Sandbox) => void]> = [
			['WhiteLabelCRO refused', refusing(422)],
			['Authorization failed', refusing(401)],
			[
				'Too many requests',
				(sandbox) => {
					sandbox.setLimits({ write: 1, windowSeconds: 60 });
				},
			],
		];
		await Promise.all(
			cases.map(([reason, hinder]) =>
				onStage(async ({ sandbox, engine }) => {
					sandbox.setDialect({ rateLimitWindows: 'first-call' });
					sandbox.faults.inject({ route: 'POST', kind: 'status-before', status: 504, times: 1 });
					hinder(sandbox);
					const impatient = { ...createOnce, options: { maximumWait: 1 } };
					await expect(engine.execute(impatient)).rejects.toMatchObject({
						...UNCONFIRMED,
						description: expect.stringContaining(reason),
					});
				}),
			),
		);
	});

	it('is reported as unknown when the user cancels while its repetition waits for the rate limit', async () => {
		await onStage(async ({ sandbox, engine, calls }) => {
			sandbox.setDialect({ rateLimitWindows: 'first-call' });
			sandbox.setLimits({ write: 1, windowSeconds: 60 });
			sandbox.faults.inject({ route: 'POST', kind: 'status-before', status: 504, times: 1 });
			const cancel = new AbortController();
			// The back-off is over long before, and the window is not.
			setTimeout(() => {
				cancel.abort();
			}, 30_000);
			const running = engine.execute(createOnce, [{}], { abortSignal: cancel.signal });
			await expect(running).rejects.toMatchObject(UNCONFIRMED);
			expect(calls('POST')).toBe(2);
		});
	});

	it('is reported as unknown if the key may not search', async () => {
		await onStage(
			async ({ sandbox, engine, stored, calls }) => {
				sandbox.faults.inject({ route: 'POST', kind: 'reset-after', times: 1 });
				await expect(engine.execute(createOnce)).rejects.toMatchObject(UNCONFIRMED);
				expect(stored()).toHaveLength(1);
				expect(calls('POST')).toBe(1);
			},
			['integrations:write'],
		);
	});

	it.each(['proxy-page', 'proxy-text'] as const)(
		'is reported as unknown if something else answers the search with a 404 (%s)',
		async (kind) => {
			await onStage(async ({ sandbox, engine, stored, calls }) => {
				const options = { ifClient: 'create' };
				const upsert = { ...createLead, operation: 'createOrUpdate', options };
				sandbox.createLead({ email: 'known@example.com' });
				sandbox.faults.inject({ route: 'POST', kind: 'reset-after', times: 1 });
				// The two before it find the search path, and that there is no such record.
				sandbox.faults.inject({ route: 'GET', kind, status: 404, every: 3 });
				const items = [{ email: 'known@example.com' }, { email: EMAIL }];
				await expect(engine.execute(upsert, items)).rejects.toMatchObject(UNCONFIRMED);
				expect(stored()).toHaveLength(1);
				expect(calls('POST')).toBe(1);
			});
		},
	);

	it('is reported as unknown at once when the user cancels', async () => {
		await onStage(async ({ sandbox, engine, calls }) => {
			sandbox.faults.inject({ route: 'POST', kind: 'reset-before', times: 1 });
			const cancel = new AbortController();
			const running = engine.execute(createOnce, [{}], { abortSignal: cancel.signal });
			while (calls('POST') === 0) await new Promise(setImmediate);
			let cancelledAt = 0;
			setTimeout(() => {
				cancelledAt = Date.now();
				cancel.abort();
			}, 1000);
			await expect(running).rejects.toMatchObject(UNCONFIRMED);
			expect(Date.now() - cancelledAt).toBeLessThan(patience(200));
			expect([calls('POST'), calls('GET')]).toEqual([1, 0]);
		});
	});

	it.each([
		['a note', { resource: 'note', operation: 'create', clientId: byId(12345), text: 'Hello' }],
		[
			'an affiliate',
			{ resource: 'affiliate', operation: 'create', firstName: 'A', lastName: 'B', email: 'a@example.com' },
		],
		['a test event', { resource: 'event', operation: 'sendTest', eventType: 'lead.created' }],
	])(
		'of %s, which cannot be searched for, is reported as unknown and not repeated',
		async (_what, parameters) => {
			await onStage(async ({ sandbox, engine, calls }) => {
				sandbox.faults.inject({ route: 'POST', kind: 'reset-after' });
				await expect(engine.execute(parameters)).rejects.toMatchObject({
					...UNCONFIRMED,
					description: expect.stringContaining('check in WhiteLabelCRO whether the change is there'),
				});
				expect(calls('POST')).toBe(1);
			});
		},
	);
});

it('a creation that is refused for a conflict at the first try fails, and nothing is searched for', async () => {
	await onStage(async ({ sandbox, engine, calls }) => {
		sandbox.faults.inject({ route: 'POST', kind: 'status-before', status: 409 });
		await expect(engine.execute(createOnce)).rejects.toMatchObject({ httpCode: '409' });
		expect([calls('POST'), calls('GET')]).toEqual([1, 0]);
	});
});

describe('a record that is found in place of a lost creation', () => {
	const ANOTHER = expect.stringContaining('WhiteLabelCRO did not confirm this new record');
	const loseCreation = (sandbox: Sandbox, every = 1) => {
		sandbox.faults.inject({ route: 'POST', kind: 'reset-before', every, times: 1 });
	};

	it('is not taken for it if another item of the run has created it', async () => {
		await onStage(async ({ sandbox, engine, stored }) => {
			loseCreation(sandbox, 2);
			await expect(engine.execute(createOnce, [{}, {}])).rejects.toMatchObject({
				message: ANOTHER,
				context: { itemIndex: 1 },
			});
			expect(stored()).toHaveLength(1);
		});
	});

	it('is not taken for it if another item has created it with the same external ID', async () => {
		await onStage(async ({ sandbox, engine }) => {
			loseCreation(sandbox, 2);
			const parameters = { ...createOnce, additionalFields: { externalId: 'x-1' } };
			await expect(engine.execute(parameters, [{}, {}])).rejects.toMatchObject(UNCONFIRMED);
		});
	});

	it.each(['first_name', 'last_name'])('is not taken for it if its %s is another', async (field) => {
		await onStage(async ({ sandbox, engine }) => {
			sandbox.createLead({ first_name: 'ADA', last_name: 'adams', email: EMAIL, [field]: 'Zoe' });
			loseCreation(sandbox);
			await expect(engine.execute(createOnce)).rejects.toMatchObject({ message: ANOTHER });
		});
	});
});

describe('whatever the clock of the CRM says', () => {
	const minutes = 60_000;
	const offsets = [
		-10 * minutes,
		...[-3, -2.5, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5, 3].map((seconds) => seconds * 1000),
		10 * minutes,
	];

	it('a record that a lost creation made is known by its email', async () => {
		const outcomes = await Promise.all(
			offsets.map((aheadMs) =>
				onStage(async ({ sandbox, engine, stored }) => {
					sandbox.setClock(aheadMs);
					sandbox.faults.inject({ route: 'POST', kind: 'reset-after', times: 1 });
					const { confirmed_by_search, message } = await outcomeOf(engine.execute(createOnce));
					expect(stored()).toHaveLength(1);
					return { aheadMs, confirmed_by_search, message };
				}),
			),
		);
		expect(outcomes).toEqual(offsets.map((aheadMs) => ({ aheadMs, confirmed_by_search: true })));
	});

	it('a record that was there five seconds before is not taken for it', async () => {
		const outcomes = await Promise.all(
			offsets.map((aheadMs) =>
				onStage(async ({ sandbox, engine, calls }) => {
					sandbox.setClock(aheadMs - 5000);
					const { client_id } = sandbox.createLead({ email: EMAIL }) as IDataObject;
					sandbox.setClock(aheadMs);
					sandbox.faults.inject({ route: 'POST', kind: 'reset-before', times: 1 });
					const { message, description } = await outcomeOf(engine.execute(createOnce));
					expect(calls('POST')).toBe(1);
					const namesIt = (description as string).includes((client_id as number).toString());
					return { aheadMs, message, namesIt };
				}),
			),
		);
		const message =
			'WhiteLabelCRO did not confirm this new record, and another with the same email already exists';
		expect(outcomes).toEqual(offsets.map((aheadMs) => ({ aheadMs, message, namesIt: true })));
	});

	it('an older one is not taken for it either when the answer of the search comes slowly', async () => {
		const created_utc = new Date(Date.now() - 5000).toISOString();
		const slow = createServer((request, response) => {
			if (request.method === 'POST') {
				request.socket.destroy();
				return;
			}
			const headers = { 'content-type': 'application/json', 'x-request-id': 'r-1' };
			// Else Node would say what its own clock says, which does not leap.
			response.writeHead(200, { ...headers, date: new Date().toUTCString() }).flushHeaders();
			const body = JSON.stringify({ client_id: 1, email: EMAIL, created_utc });
			setTimeout(() => response.end(body), 7000);
		});
		await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
		try {
			const { port } = slow.address() as AddressInfo;
			const engine = await startEngine({ apiKey: 'a key', baseUrl: `http://127.0.0.1:${port}` });
			const { message } = await outcomeOf(engine.execute(createOnce));
			expect(message).toContain('another with the same email already exists');
		} finally {
			slow.close();
		}
	});

	it('a record that somebody else made while the creation waited for the rate limit is not taken for it', async () => {
		await onStage(async ({ sandbox, engine }) => {
			const windowSeconds = 10;
			sandbox.setLimits({ write: 1, windowSeconds });
			const emails = [{ email: 'first@example.com' }, { email: EMAIL }];
			sandbox.faults.inject({ route: 'POST', kind: 'reset-before', times: 1, every: 2 });
			const untilReset = windowSeconds * 1000 - (Date.now() % (windowSeconds * 1000));
			if (untilReset < 8000) await new Promise((resolve) => setTimeout(resolve, untilReset + 100));
			const running = outcomeOf(engine.execute(createLead, emails));
			await new Promise((resolve) => setTimeout(resolve, 500));
			sandbox.createLead({ email: EMAIL });
			const { message } = await running;
			expect(message).toContain('another with the same email already exists');
		});
	});
});
