import { expect, it } from '@jest/globals';

import { useStage } from './stage.mts';

const { sandbox, engine } = useStage();

it('What one workflow changes in the event that it got, another one that got the same does not see', async () => {
	const triggers = [1, 2].map(() => engine.trigger({ triggerOn: ['lead.created'] }));
	for (const trigger of triggers) await trigger.publish();
	const rawBody = Buffer.from(JSON.stringify(sandbox.store.appendEvent('lead.created', { client_id: 1 })));
	const outcomes = await Promise.all(triggers.map((trigger) => trigger.deliver({ headers: {}, rawBody })));
	const [one, other] = outcomes.map(({ returned }) => returned.workflowData?.[0]?.[0]?.json.payload);
	Object.assign(one as object, { client_id: 'changed' });
	expect(other).toEqual({ client_id: 1 });
});
