// Whoever guesses the ID of an event of long ago starts nothing with it.
import { describe, expect, it } from '@jest/globals';
import { sleep } from 'n8n-workflow';

import { useStage } from './stage.mts';

const { sandbox, engine, credential } = useStage();
const DAY_MS = 24 * 3_600_000;

const imitationOf = ({ id, companyId }: { id: number; companyId: number }) =>
	Buffer.from(
		JSON.stringify({
			id,
			companyId,
			type: 'lead.created',
			createdUtc: new Date().toISOString(),
			payload: {},
		}),
	);

describe.each([
	['', {}, {}],
	['without Catch Up', { options: { catchUp: false } }, {}],
	['in a log that has no cursor at its end', {}, { eventsCursorAtEnd: 'null' }],
] as const)('An event from before the trigger was published %s', (_how, parameters, dialect) => {
	it.each([0, 2])('is not confirmed, after %i checks', async (checks) => {
		sandbox.setDialect(dialect);
		const old = sandbox.store.appendEvent('lead.created', {});
		for (let i = 0; i < 5; i++) await sleep(20 * DAY_MS);
		const trigger = engine.trigger({ triggerOn: ['lead.created'], ...parameters });
		await trigger.publish();
		const running = await trigger.start('activate');
		for (let i = 0; i < checks; i++) await running.tick();
		const { returned } = await trigger.deliver({ headers: {}, rawBody: imitationOf(old) });
		const event = sandbox.store.appendEvent('lead.created', {});
		await sleep(2000);
		const genuine = await trigger.deliver({ headers: {}, rawBody: Buffer.from(JSON.stringify(event)) });
		await running.close();
		expect(returned.workflowData).toBeUndefined();
		expect(genuine.returned.workflowData).toEqual([[{ json: event }]]);
	});
});

it("With another company's key, its events are confirmed", async () => {
	const trigger = engine.trigger({ triggerOn: ['lead.created'] });
	await trigger.publish();
	const send = async (event: object) =>
		await trigger.deliver({ headers: {}, rawBody: Buffer.from(JSON.stringify(event)) });
	await send(sandbox.store.appendEvent('lead.created', {}));
	credential.apiKey = sandbox.createKey(['webhooks:write', 'events:read'], 93);
	await trigger.publish();
	const event = sandbox.store.appendEvent('lead.created', {}, undefined, 93);
	expect((await send(event)).returned.workflowData).toEqual([[{ json: event }]]);
});
