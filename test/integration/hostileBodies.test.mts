// What a stranger sends never becomes an error of the workflow, which n8n would show as a failed execution.
import { expect, it } from '@jest/globals';

import { useStage } from './stage.mts';

const { engine, credential } = useStage();
const HEX = 'ab'.repeat(32);
const DEEP = '['.repeat(200_000) + ']'.repeat(200_000);

it.each([
	['with something like a signature', `{"a":${DEEP}}`, { 'x-signature': HEX }, true, 401],
	[
		'and has an ID that is no exact number',
		`{"id":1e300,"type":"lead.created","payload":{"a":${DEEP}}}`,
		{},
		true,
		401,
	],
	['with Verify Signature off', `{"id":1,"type":"lead.created","payload":{"a":${DEEP}}}`, {}, false, 400],
])(
	'A body that is too deep to be written again, %s, is refused',
	async (_what, body, headers, verifySignature, status) => {
		const trigger = engine.trigger({ triggerOn: ['lead.created'], options: { verifySignature } });
		await trigger.publish();
		const { answered } = await trigger.deliver({
			headers: headers as Record<string, string>,
			rawBody: Buffer.from(body),
		});
		expect(answered?.status).toBe(status);
	},
);

it('An imitated probe is refused also where the credential cannot be used', async () => {
	const trigger = engine.trigger({ triggerOn: ['lead.created'] });
	await trigger.publish();
	credential.baseUrl = 'not a URL';
	const headers = { 'x-n8n-probe': `${'a'.repeat(32)}.${'b'.repeat(64)}` };
	const { answered } = await trigger.deliver({ headers, rawBody: Buffer.from('{}') });
	expect(answered?.status).toBe(401);
});
