// With Verify Signature off, an event is known by what it says: also where the log writes it otherwise than a delivery.
import { describe, expect, it } from '@jest/globals';

import type { EventEnvelope } from '../../sandbox/store/model.mts';
import { signatureOf } from '../fixtures.mts';
import { startedBy, useTriggerStage } from './triggerStage.mts';

const stage = useTriggerStage('webhooks:write', 'events:read');

describe.each<[string, (event: EventEnvelope) => object]>([
	['its fields in another order', ({ id, ...others }) => ({ ...others, id })],
	[
		'those of its payload in another order',
		(event) => ({ ...event, payload: Object.fromEntries(Object.entries(event.payload).toReversed()) }),
	],
	[
		'its time with a fraction',
		(event) => ({ ...event, createdUtc: event.createdUtc.replace('Z', '.0000000Z') }),
	],
	['its ID as text', (event) => ({ ...event, id: String(event.id) })],
	["its company's ID as text", (event) => ({ ...event, companyId: String(event.companyId) })],
])('An event that comes with %s', (_what, change) => {
	it('starts the workflow once', async () => {
		const { trigger, watch } = await stage.published({ options: { verifySignature: false } });
		await stage.look(watch, 3);
		const event = stage.happen('lead.created', { client_id: 1, first_name: 'Ada' });
		const rawBody = Buffer.from(JSON.stringify(change(event)));
		expect((await trigger.deliver({ headers: {}, rawBody })).returned.workflowData).toBeDefined();
		await stage.look(watch, 8);
		expect(startedBy(watch)).toEqual([]);
	});
});

it('An event that came without a signature and comes again with one starts the workflow once', async () => {
	const { trigger } = await stage.published({ options: { verifySignature: false } });
	const rawBody = Buffer.from(JSON.stringify(stage.happen()));
	expect((await trigger.deliver({ headers: {}, rawBody })).returned.workflowData).toBeDefined();
	const headers = signatureOf(rawBody.toString(), stage.theSubscription().secret);
	expect((await trigger.deliver({ headers, rawBody })).returned.workflowData).toBeUndefined();
});
