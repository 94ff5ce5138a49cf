// An event log that is some seconds behind costs a try or two, and no pause.
import { expect, it } from '@jest/globals';
import { sleep } from 'n8n-workflow';

import { useStage } from './stage.mts';

const { sandbox, engine } = useStage();

it.each([
	[950, 1],
	[2100, 2],
	[4000, 3],
])('Where the log is %i ms behind, each delivery is confirmed by its try %i', async (behindMs, most) => {
	const trigger = engine.trigger({ triggerOn: ['lead.created'] });
	await trigger.publish();
	sandbox.setDialect({ eventLogDelayMs: behindMs });
	const deliver = async (): Promise<number> => {
		const event = sandbox.store.appendEvent('lead.created', {});
		for (let tries = 1; tries <= 11; tries++) {
			const rawBody = Buffer.from(JSON.stringify(event));
			const { returned } = await trigger.deliver({ headers: {}, rawBody });
			if (returned.workflowData !== undefined) return tries;
			await sleep(1000 * 2 ** (tries - 1));
		}
		return Infinity;
	};
	const all: Array<Promise<number>> = [];
	for (let i = 0; i < 60; i++) {
		all.push(deliver());
		await sleep(10_000);
	}
	expect(Math.max(...(await Promise.all(all)))).toBe(most);
});
