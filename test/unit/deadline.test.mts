import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { sleep } from 'n8n-workflow';
import type { IExecuteFunctions, INode } from 'n8n-workflow';

import { PATHS } from '../../nodes/WhiteLabelCro/contract/paths.ts';
import { readRecord } from '../../nodes/WhiteLabelCro/contract/records.ts';
import { ApiClient } from '../../nodes/WhiteLabelCro/client/apiClient.ts';
import { isUnconfirmed } from '../../nodes/WhiteLabelCro/client/errors.ts';

beforeEach(() => {
	jest.useFakeTimers();
});
afterEach(() => {
	jest.useRealTimers();
});

/** How the creation of a lead ends whose answer takes so long. */
const creation = async (answerMs: number) => {
	const serve = async () => {
		await sleep(answerMs);
		return { statusCode: 201, headers: {}, body: { client_id: 1 } };
	};
	const context = {
		getNode: () => ({ name: 'WhiteLabelCRO' }) as INode,
		getCredentials: () => Promise.resolve({ baseUrl: 'https://api.example.com', apiKey: 'key' }),
		helpers: { httpRequestWithAuthentication: serve },
	};
	const api = await ApiClient.open(context as unknown as IExecuteFunctions, 1000, { priority: 'workflow' });
	const startedAt = Date.now();
	const attempt = api.tryRequest({ method: 'POST', path: PATHS.leads, body: {}, read: readRecord });
	const ended = attempt.then((attempted) => ({ attempted, tookMs: Date.now() - startedAt }));
	await jest.advanceTimersByTimeAsync(61_000);
	return await ended;
};

it('a call whose answer trickles in ends after a minute, and what it wrote may be there', async () => {
	const { attempted, tookMs } = await creation(600_000);
	expect(tookMs).toBe(60_000);
	if (!('error' in attempted)) throw new Error('The call has an answer');
	expect(attempted.error.description).toContain('WhiteLabelCRO did not answer in time');
	expect(isUnconfirmed(attempted.error)).toBe(true);
});

it('an answer within the minute counts, and leaves no timer behind', async () => {
	const { attempted } = await creation(59_000);
	expect(attempted).toEqual({ value: { client_id: 1 } });
	expect(jest.getTimerCount()).toBe(0);
});
