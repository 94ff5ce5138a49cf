// Nothing is refused in silence: whoever has to act is told why, and what to do.
import { describe, expect, it } from '@jest/globals';

import { signDelivery, unknownSignatureForms } from '../../sandbox/deliveries/signature.mts';
import type { EventEnvelope } from '../../sandbox/store/model.mts';
import { ANOTHER_SECRET, formNamed, signatureOf } from '../fixtures.mts';
import { checkWith } from './check.mts';
import { useTriggerStage } from './triggerStage.mts';
import type { Trigger } from './trigger.mts';

// Without events:read: no event can be confirmed by the log.
const stage = useTriggerStage('webhooks:write');

type Sent = { headers: Record<string, string>; text: string };
const signed = (text: string, secret = stage.theSubscription().secret): Sent => ({
	headers: signatureOf(text, secret),
	text,
});
const inForm = (form: Parameters<typeof signDelivery>[0], text: string, ms = Date.now()): Sent => ({
	headers: signDelivery(form, stage.theSubscription().secret, text, {
		timestamp: Math.floor(ms / 1000),
		id: '1',
	}),
	text,
});
const TIMED = formNamed('t-v1-hex-timestamp');

async function refuse(trigger: Trigger, { headers, text }: Sent): Promise<void> {
	const { answered } = await trigger.deliver({ headers, rawBody: Buffer.from(text) });
	expect([401, 503]).toContain(answered?.status);
}

const causes: Array<[cause: string, send: (event: EventEnvelope) => Sent, says: RegExp, advises: RegExp]> = [
	[
		'whose body was changed on its way',
		(event) => ({ ...signed(JSON.stringify(event)), text: JSON.stringify(event, null, 2) }),
		/its body was changed along the way/,
		/pass bodies on unchanged/,
	],
	[
		'signed ten minutes ago',
		(event) => inForm(TIMED, JSON.stringify(event), Date.now() - 600_000),
		/signed too long ago or in the future/,
		/10 minutes ago.*time server/,
	],
	[
		'signed ten minutes from now',
		(event) => inForm(TIMED, JSON.stringify(event), Date.now() + 600_000),
		/signed too long ago or in the future/,
		/10 minutes from now.*time server/,
	],
	[
		'in a form that nobody knows',
		(event) => inForm(unknownSignatureForms[0], JSON.stringify(event)),
		/no signature/,
		/looks signed: x-wlcro-signature: sha512=\(128 characters, hex\).*report this line/,
	],
	[
		"signed with another subscription's secret",
		(event) => signed(JSON.stringify(event), ANOTHER_SECRET),
		/wrong signature/,
		/another subscription's secret/,
	],
];

describe.each(causes)('Deliveries %s', (_cause, send, says, advises) => {
	it('are shown by a failed execution after three in a row, once a day, with the cause and what to do', async () => {
		const { trigger, watch } = await stage.published();
		await refuse(trigger, send(stage.happen()));
		await refuse(trigger, send(stage.happen()));
		await stage.look(watch);
		expect(watch.shown).toEqual([]);
		await refuse(trigger, send(stage.happen()));
		await stage.look(watch);
		expect(watch.shown).toMatchObject([
			{ message: expect.stringMatching(says), description: expect.stringMatching(advises) },
		]);
		expect(watch.shown[0]?.description).toMatch(/scope events:read/);
		expect((await checkWith(stage.engine)).problems).toContainEqual(expect.stringMatching(says));
		for (let hours = 0; hours < 23; hours++) {
			await refuse(trigger, send(stage.happen()));
			stage.later(55);
			await stage.look(watch);
		}
		expect(watch.shown).toHaveLength(1);
		stage.later(60);
		await stage.look(watch);
		expect(watch.shown).toHaveLength(2);
	});
});

it('A single one is shown after half an hour', async () => {
	const { trigger, watch } = await stage.published();
	await refuse(trigger, signed(JSON.stringify(stage.happen()), ANOTHER_SECRET));
	await stage.look(watch, 5);
	expect(watch.shown).toEqual([]);
	await stage.look(watch, 2);
	expect(watch.shown).toHaveLength(1);
});

it('Once a delivery gets in, the log says so, and nothing more is shown', async () => {
	const { trigger, watch } = await stage.published();
	for (let i = 0; i < 3; i++) await refuse(trigger, signed(JSON.stringify(stage.happen()), ANOTHER_SECRET));
	await stage.look(watch);
	expect(await stage.deliver(trigger, stage.happen())).toBe(true);
	await stage.look(watch);
	expect(trigger.logged.at(-1)).toMatch(/delivers events to .* again/);
	for (let hours = 0; hours < 30; hours++) {
		stage.later(55);
		await stage.look(watch);
	}
	expect(watch.shown).toHaveLength(1);
});

it('What looks neither signed nor like an event is a stranger, of whom nobody is told but the log', async () => {
	const { trigger, watch } = await stage.published();
	for (let i = 0; i < 10; i++) await refuse(trigger, { headers: {}, text: '{"hello":"world"}' });
	await stage.look(watch, 8);
	expect(watch.shown).toEqual([]);
});
