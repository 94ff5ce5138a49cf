import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { sleep } from 'n8n-workflow';
import type { IExecuteFunctions, INode } from 'n8n-workflow';

import { readRows } from '../../nodes/WhiteLabelCro/contract/json.ts';
import { PATHS } from '../../nodes/WhiteLabelCro/contract/paths.ts';
import { ApiClient } from '../../nodes/WhiteLabelCro/client/apiClient.ts';

const LIMIT = 40;
const WINDOW_MS = 60_000;
const AHEAD_MS = 3_600_000;

beforeEach(() => {
	jest.useFakeTimers({ now: Date.UTC(2026, 0, 28, 10, 30, 20) });
});
afterEach(() => {
	jest.useRealTimers();
});

/** An execution against a server whose windows begin with each minute of its clock, which is an hour ahead. */
const makeContext = () => {
	const statuses: number[] = [];
	const counted = new Map<number, number>();
	const serve = async () => {
		await sleep(20);
		const time = Date.now() + AHEAD_MS;
		const window = Math.floor(time / WINDOW_MS);
		const count = (counted.get(window) ?? 0) + 1;
		counted.set(window, count);
		const statusCode = count > LIMIT ? 429 : 200;
		statuses.push(statusCode);
		const headers = {
			date: new Date(time).toUTCString(),
			'x-ratelimit-limit': String(LIMIT),
			'x-ratelimit-remaining': String(Math.max(0, LIMIT - count)),
			'x-ratelimit-reset': String(((window + 1) * WINDOW_MS) / 1000),
			'x-ratelimit-window': '1m',
		};
		await sleep(20);
		return { statusCode, headers, body: [] };
	};
	const context = {
		getNode: () => ({ name: 'WhiteLabelCRO' }) as INode,
		getCredentials: () => Promise.resolve({ baseUrl: 'https://api.example.com', apiKey: 'key' }),
		helpers: { httpRequestWithAuthentication: serve },
	};
	return { context: context as unknown as IExecuteFunctions, statuses };
};

it('calls that one run makes side by side are within the limit, and what they wait together counts once', async () => {
	const { context, statuses } = makeContext();
	const api = await ApiClient.open(context, 300_000, { priority: 'workflow' });
	const startedAt = Date.now();
	const calls = Array.from({ length: 100 }, () =>
		api.request({ method: 'GET', path: PATHS.events, read: (body) => readRows(body, ['events']) }),
	);
	const done = Promise.all(calls).then(() => Date.now() - startedAt);
	await jest.advanceTimersByTimeAsync(300_000);
	const elapsedMs = await done;
	expect(statuses).toEqual(Array.from({ length: 100 }, () => 200));
	// Begun 20 seconds into a minute, the last of them go in the second minute after it.
	expect(elapsedMs).toBeGreaterThan(100_000);
	expect(elapsedMs).toBeLessThan(103_000);
	expect(api.waited.get('read')).toBeGreaterThan(95_000);
	expect(api.waited.get('read')).toBeLessThanOrEqual(elapsedMs);
	expect(Math.abs(api.dateOffset - AHEAD_MS)).toBeLessThan(2000);
});
