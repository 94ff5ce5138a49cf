// n8n's Retry On Fail runs the whole node again, with all its items.
import { describe, expect, it } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import { byId } from '../fixtures.mts';
import { useStage } from './stage.mts';

const settings = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };

const { sandbox, engine } = useStage();

describe('under Retry On Fail', () => {
	it('a read is made again rather than its results kept in memory', async () => {
		const find: INodeParameters = {
			resource: 'client',
			operation: 'find',
			criteria: { clientId: '={{ $json.id }}' },
		};
		sandbox.faults.inject({ route: 'GET', kind: 'status-before', status: 400, every: 2, times: 1 });
		const run = await engine.runWorkflow(find, [{ id: 12345 }, { id: 12346 }], settings);
		expect(run.status).toBe('success');
		const asked = sandbox.requests.map(({ query }) => query.client_id);
		expect(asked).toEqual(['12345', '12346', '12345', '12346']);
	});

	it('an error that every try ends with says once how far the run came', async () => {
		sandbox.faults.inject({ route: 'POST .*/notes', kind: 'status-after', times: 1 });
		const note = { resource: 'note', operation: 'create', clientId: byId(12345), text: 'Hello' };
		const run = await engine.runWorkflow(note, [{}, {}], settings);
		const { error } = run.data.resultData;
		expect(error).toMatchObject({ code: 'WLCRO_ERR_UNCONFIRMED_WRITE' });
		expect(error?.description?.match(/of 2 failed/g)).toHaveLength(1);
	});

	it('what was written is known however many reads begin meanwhile', async () => {
		sandbox.setDialect({ idempotency: 'ignored' });
		const note = { resource: 'note', operation: 'create', clientId: byId(12345), text: '={{ $json.text }}' };
		const find = { resource: 'client', operation: 'find', criteria: { clientId: '12345' } };
		// As long as a request is under way, the time between two tries is not leapt over.
		sandbox.faults.inject({ route: 'GET', kind: 'latency', ms: 3000 });
		sandbox.faults.inject({ route: 'POST .*/notes', kind: 'status-before', status: 400, every: 2, times: 1 });
		const between = { ...settings, waitBetweenTries: 1000 };
		const writing = engine.runWorkflow(note, [{ text: 'One' }, { text: 'Two' }], between);
		await new Promise((resolve) => setTimeout(resolve, 300));
		const reading = Array.from({ length: 101 }, () => engine.runWorkflow(find, [{}], between));
		await Promise.all([writing, ...reading]);
		expect(sandbox.store.notes).toHaveLength(2);
	});

	it('nodes of one ID, which older versions of n8n accept in a workflow, each write', async () => {
		const note = { resource: 'note', operation: 'create', clientId: byId(12345), text: 'Hello' };
		const node = (name: string) => ({
			...settings,
			id: 'one',
			name,
			onError: 'continueRegularOutput' as const,
		});
		// The first node does not write all at once.
		sandbox.faults.inject({ route: 'POST .*/notes', kind: 'status-before', status: 400, times: 1 });
		await engine.runWorkflow(note, [{}, {}], node('A'), node('B'), node('C'));
		expect(sandbox.store.notes).toHaveLength(6);
	});
});
