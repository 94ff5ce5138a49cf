// Who is told what, where a trigger and its CRM see different things at the trigger's address.
import { beforeEach, describe, expect, it } from '@jest/globals';

import { forgetModules } from './engine.mts';
import { idsOf, startedBy, useTriggerStage } from './triggerStage.mts';

const stage = useTriggerStage('webhooks:write', 'events:read');
const { address } = stage;
const page: typeof address.instead = (_request, response) => {
	response.writeHead(403, { 'content-type': 'text/html' });
	response.end('no');
};
beforeEach(forgetModules);

describe('Where something else answers at the address only from inside its network', () => {
	it('nobody is told as long as deliveries come in', async () => {
		const { trigger, watch } = await stage.published();
		address.instead = page;
		for (let i = 0; i < 12; i++) {
			await stage.receive(trigger, 1);
			await stage.look(watch);
		}
		expect([startedBy(watch), watch.shown]).toEqual([[], []]);
	});

	it('somebody is told once at most, where deliveries come in now and then', async () => {
		const { trigger, watch } = await stage.published();
		address.instead = page;
		for (let i = 0; i < 30; i++) {
			await stage.receive(trigger, 1);
			await stage.look(watch, 20);
		}
		expect(startedBy(watch)).toEqual([]);
		expect(watch.shown.length).toBeLessThan(2);
	});

	it('an event that then does not come is started within half an hour, and somebody is told', async () => {
		const { trigger, watch } = await stage.published();
		address.instead = page;
		await stage.look(watch);
		await stage.receive(trigger, 1);
		await stage.look(watch, 3);
		const missed = stage.happen();
		await stage.look(watch, 8);
		expect(startedBy(watch)).toEqual([missed.id]);
		expect(watch.shown).toHaveLength(1);
	});
});

it('Where n8n reaches the address and the CRM does not, somebody is told after half an hour, once a day', async () => {
	const { trigger, watch } = await stage.published();
	await stage.look(watch, 3);
	for (let i = 0; i < 40; i++) {
		stage.happen();
		await stage.look(watch);
	}
	expect(watch.shown).toMatchObject([
		{ message: expect.stringMatching(/deliveries do not reach this trigger/) },
	]);
	await stage.receive(trigger, 1);
	await stage.look(watch);
	expect(trigger.logged.at(-1)).toMatch(/delivers events to .* again/);
});

it('A single event that did not come is told to nobody', async () => {
	const { trigger, watch } = await stage.published();
	await stage.look(watch, 3);
	for (let i = 0; i < 12; i++) {
		stage.happen();
		await stage.receive(trigger, 1);
		await stage.look(watch, 2);
	}
	expect(startedBy(watch)).toHaveLength(12);
	expect(watch.shown).toEqual([]);
});

describe('Another process that answered', () => {
	it('counts until this one has answered for half a day', async () => {
		const { watch } = await stage.published();
		address.isOfAnotherProcess = true;
		await stage.look(watch);
		address.isOfAnotherProcess = false;
		await stage.look(watch, 100);
		stage.happen();
		await stage.look(watch, 12);
		expect(startedBy(watch)).toEqual([]);
		await stage.look(watch, 40);
		const missed = stage.happens(3);
		await stage.look(watch, 2);
		expect(startedBy(watch)).toEqual(idsOf(missed));
	});

	it('is none where the package is updated while the trigger calls its address', async () => {
		const { trigger, watch } = await stage.published();
		await stage.look(watch, 3);
		address.instead = (request, response) => {
			address.instead = undefined;
			forgetModules();
			const headers = request.headers as Record<string, string>;
			void trigger.deliver({ headers, rawBody: Buffer.from('{}') }, { response });
		};
		await stage.look(watch, 3);
		const missed = stage.happens(3);
		await stage.look(watch, 2);
		expect(startedBy(watch)).toEqual(idsOf(missed));
	});
});

it('What is refused while listening for a test is no trouble of the published trigger', async () => {
	const { trigger, watch } = await stage.published();
	for (let i = 0; i < 4; i++) {
		const headers = { 'x-signature': 'ab'.repeat(32) };
		await trigger.deliver({ headers, rawBody: Buffer.from('{"hello":"world"}') }, { mode: 'manual' });
	}
	await stage.look(watch, 8);
	expect(watch.shown).toEqual([]);
});
