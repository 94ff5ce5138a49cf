// What a person waits for ends in time, whatever the CRM does: a list to choose from, and a publishing, which n8n 2.41 gives up after 94 s.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ClientRequest, RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { startEngine } from './engine.mts';
import type { Engine } from './engine.mts';
import { useStage } from './stage.mts';

const LIST_MS = 15_000;
const N8N_GIVES_UP_MS = 94_000;

const slow: Array<[string, RequestListener]> = [
	['takes calls and never answers', () => undefined],
	[
		'gives its answers byte by byte',
		(_request, response) => {
			response.writeHead(200, { 'content-type': 'application/json' }).write('{');
		},
	],
];

describe.each(slow)('with a CRM that %s', (_what, listener) => {
	// What runs in Node itself, connections and their time limits, goes on.
	beforeEach(() => {
		jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'] });
	});
	afterEach(() => {
		jest.useRealTimers();
	});

	/** How work fails, and after how long by the clock, which is moved on until then. */
	const failureOf = async (work: (engine: Engine) => Promise<unknown>) => {
		let calls = 0;
		const onCall = (message: unknown) => {
			calls += 1;
			(message as { request: ClientRequest }).request.once('close', () => {
				calls -= 1;
			});
		};
		subscribe('http.client.request.start', onCall);
		const server = createServer(listener);
		await once(server.listen(0, '127.0.0.1'), 'listening');
		try {
			const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
			const engine = await startEngine({ apiKey: 'k', baseUrl });
			const startedAt = Date.now();
			const over = new AbortController();
			const failing = work(engine)
				.then(
					() => undefined,
					(error: unknown) => error as Error,
				)
				.finally(() => {
					over.abort();
				});
			while (!over.signal.aborted) {
				await jest.advanceTimersByTimeAsync(1000);
				// Calls are made in turns of Node's own: as long as none is waited for, no time passes, or hardly any.
				const turns = calls > 0 ? 20 : 2000;
				for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
			}
			return { error: await failing, tookMs: Date.now() - startedAt };
		} finally {
			unsubscribe('http.client.request.start', onCall);
			server.closeAllConnections();
			server.close();
		}
	};

	it.each([
		['a list to choose from', (engine: Engine) => engine.listSearch('searchEmployees')],
		['a list of statuses', (engine: Engine) => engine.loadOptions('whiteLabelCroTrigger', 'getStatuses')],
	])('%s fails in words', async (_which, load) => {
		const { error, tookMs } = await failureOf(load);
		expect(error?.message).toBe('WhiteLabelCRO did not answer in time');
		expect(tookMs).toBeLessThanOrEqual(LIST_MS + 1000);
	});

	it('the publishing of a change fails in words, and cleans up, before n8n gives it up', async () => {
		const { error, tookMs } = await failureOf(async (engine) => {
			const trigger = engine.trigger({ triggerOn: ['*'] });
			await trigger.unpublish();
			await trigger.publish();
		});
		expect(error?.message).toMatch(/^WhiteLabelCRO did not answer in time\. Try again later/);
		expect(tookMs).toBeLessThan(N8N_GIVES_UP_MS);
	});
});

describe('a publishing', () => {
	const { sandbox, engine, credential } = useStage({
		limits: { read: 60, write: 100, admin: 200, windowSeconds: 60 },
	});

	/** The reads that other programs make with the key, as fast as it lets them, until they are stopped. */
	const useUpReads = () => {
		const over = new AbortController();
		const using = (async () => {
			while (!over.signal.aborted) {
				const { remaining } = sandbox.consume(credential.apiKey, 'read', 0);
				if (remaining > 0) sandbox.consume(credential.apiKey, 'read', remaining);
				await new Promise((resolve) => setTimeout(resolve, 50));
			}
		})();
		return async () => {
			over.abort();
			await using;
		};
	};
	const find = { resource: 'client', operation: 'find', criteria: { email: '={{ $json.email }}' } };
	const emails = Array.from({ length: 400 }, (_, i) => ({ email: `nobody-${i}@example.com` }));
	/** How a trigger is published, from its error to how long it takes. */
	const publish = async () => {
		const startedAt = Date.now();
		const error = await engine
			.trigger({ triggerOn: ['*'] })
			.publish()
			.catch((error: unknown) => error);
		return { error, tookMs: Date.now() - startedAt };
	};

	it.each([1000, 20_000, 50_000])('goes before a long run of reads that began %d ms ago', async (ms) => {
		const running = engine.execute(find, emails);
		await new Promise((resolve) => setTimeout(resolve, ms));
		const { error, tookMs } = await publish();
		expect(error).toBeUndefined();
		// Nobody knew the limit when it began, so it may have left nothing of its first minute.
		expect(tookMs).toBeLessThan(65_000);
		await running;
	});

	it('of a change, which n8n unpublishes first, ends before n8n gives it up where other programs use up the key', async () => {
		const trigger = engine.trigger({ triggerOn: ['*'] });
		await trigger.publish();
		const stop = useUpReads();
		await new Promise((resolve) => setTimeout(resolve, 1000));
		const startedAt = Date.now();
		expect(await trigger.unpublish()).toBe(false);
		await expect(trigger.publish()).rejects.toThrow('Too many requests');
		expect(Date.now() - startedAt).toBeLessThan(N8N_GIVES_UP_MS);
		await stop();
		await trigger.publish();
		expect(sandbox.store.subscriptions.size).toBe(1);
	});

	it('fails in words before n8n gives it up where other programs use up the key', async () => {
		const stop = useUpReads();
		await new Promise((resolve) => setTimeout(resolve, 1000));
		const { error, tookMs } = await publish();
		await stop();
		expect(error).toMatchObject({
			message: expect.stringMatching(/^Too many requests: WhiteLabelCRO's limit is used up for now\./),
			description: expect.stringMatching(/^It resets in \d+ seconds\. Try again then/),
		});
		expect(tookMs).toBeLessThan(N8N_GIVES_UP_MS);
	});
});
