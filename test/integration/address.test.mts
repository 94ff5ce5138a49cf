// The trigger calls its own address: so it knows where deliveries arrive, and what they did not bring is started.
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import { describe, expect, it } from '@jest/globals';

import { nobody } from './address.mts';
import { selfSigned } from './certificate.mts';
import { checkWith } from './check.mts';
import { forgetModules } from './engine.mts';
import { idsOf, startedBy, useTriggerStage } from './triggerStage.mts';

const stage = useTriggerStage('webhooks:write', 'events:read');
const { sandbox, address } = stage;

const loginPage =
	(status: number): typeof address.instead =>
	(_request, response) => {
		response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', location: '/login' });
		response.end('<h1>Sign in</h1>');
	};

describe('Where this process answers at its address', () => {
	it('an event that no delivery brought is started after three minutes, also if it is the first ever', async () => {
		const { watch } = await stage.published();
		await stage.look(watch, 2);
		const missed = stage.happen();
		stage.later(2);
		await watch.tick();
		expect(startedBy(watch)).toEqual([]);
		// As no execution has run here yet, one finds out first that this is where they run.
		await stage.look(watch, 2);
		expect(startedBy(watch)).toEqual([missed.id]);
	});

	it('so are all of them, however many', async () => {
		const { watch } = await stage.published();
		await stage.look(watch, 2);
		const missed = stage.happens(24);
		await stage.look(watch, 2);
		expect(startedBy(watch)).toEqual(idsOf(missed));
		expect(watch.shown).toEqual([]);
	});

	it('so is one that happens as soon as a workflow is published, and n8n has only just loaded the package', async () => {
		forgetModules();
		const trigger = stage.engine.trigger({ triggerOn: ['lead.created'] });
		await trigger.publish();
		const watch = await stage.start(trigger);
		const missed = stage.happen();
		await stage.look(watch, 4);
		expect(startedBy(watch)).toEqual([missed.id]);
	});

	it('so is one that happens right after a restart', async () => {
		const { again } = await stage.restart(await stage.published(), 5);
		await stage.look(again);
		await stage.look(again);
		const missed = stage.happen();
		await stage.look(again, 2);
		expect(startedBy(again)).toEqual([missed.id]);
	});

	it('it is called at most once a check, and not where deliveries come in', async () => {
		const { trigger, watch } = await stage.published();
		await stage.look(watch, 3);
		const before = address.requests;
		await stage.look(watch, 3);
		expect(address.requests - before).toBe(3);
		for (let i = 0; i < 3; i++) {
			await stage.receive(trigger, 1);
			await stage.look(watch);
		}
		expect(address.requests - before).toBe(3);
	});

	it('no call starts an execution, or tells anything of a key or a secret', async () => {
		const { trigger, watch } = await stage.published();
		const seen: string[] = [];
		const { instead } = address;
		address.instead = (request, response) => {
			seen.push(JSON.stringify(request.headers));
			response.writeHead(404).end();
		};
		await stage.look(watch);
		address.instead = instead;
		expect(seen).toHaveLength(1);
		for (const secret of [stage.credential.apiKey, stage.theSubscription().secret]) {
			expect(seen[0]).not.toContain(secret);
		}
		expect(startedBy(watch)).toEqual([]);
		expect(trigger.logged.join()).not.toContain(stage.credential.apiKey);
	});
});

describe('A stranger', () => {
	it('who imitates such a call gets 401', async () => {
		const { trigger } = await stage.published();
		const headers = { 'x-n8n-probe': `${'a'.repeat(32)}.${'b'.repeat(64)}` };
		const { answered } = await trigger.deliver({ headers, rawBody: Buffer.from('{}') });
		expect(answered).toEqual({ status: 401, body: 'Unauthorized' });
	});

	it('who answers it with what another trigger of the account would answer proves nothing', async () => {
		const first = await stage.published();
		const { watch } = await stage.published();
		address.instead = (request, response) => {
			const headers = request.headers as Record<string, string>;
			void first.trigger.deliver({ headers, rawBody: Buffer.from('{}') }, { response });
		};
		await stage.look(watch, 7);
		expect(watch.shown).toMatchObject([{ message: expect.stringMatching(/Something else answers/) }]);
	});
});

describe.each([
	['a login page', loginPage(200), 'HTTP status 200, text/html'],
	['a redirection to a login page', loginPage(302), 'HTTP status 302, text/html'],
	['a proxy that knows of no such address', loginPage(404), 'HTTP status 404, text/html'],
	['a proxy that does not reach n8n', loginPage(502), 'HTTP status 502, text/html'],
])('Where %s answers at its address', (_what, instead, says) => {
	it('a failed execution says so after half an hour, once a day, and events are started from the log', async () => {
		const { trigger, watch } = await stage.published();
		address.instead = instead;
		const missed = [];
		for (let checks = 0; checks < 6; checks++) {
			missed.push(stage.happen());
			await stage.look(watch);
		}
		expect(watch.shown).toEqual([]);
		await stage.look(watch);
		expect(startedBy(watch)).toEqual(idsOf(missed));
		expect(watch.shown).toHaveLength(1);
		expect(watch.shown[0]).toMatchObject({
			message: `Something else answers at this trigger's address ${trigger.url()}: ${says}`,
			description: expect.stringMatching(/let requests to that address through to n8n/),
		});
		await stage.look(watch, 12);
		expect(watch.shown).toHaveLength(1);
		expect((await checkWith(stage.engine)).problems).toContainEqual(
			expect.stringMatching(`Something else answers at this trigger's address .*: ${says}`),
		);
		address.instead = undefined;
		await stage.look(watch, 2);
		expect(trigger.logged.at(-1)).toMatch(/delivers events to .* again/);
	});
});

it('Where a server answers whose certificate is not trusted, a failed execution says so', async () => {
	const server = createServer(selfSigned('n8n.example')).listen(0, '127.0.0.1').unref();
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	const moved = await stage.engineWith(stage.credential.apiKey, `https://127.0.0.1:${port}`);
	const trigger = moved.trigger({ triggerOn: ['lead.created'] });
	await trigger.publish();
	const watch = await stage.start(trigger);
	await stage.look(watch, 9);
	expect(watch.shown).toMatchObject([{ message: expect.stringMatching(/certificate is not trusted/) }]);
	server.close();
});

describe('Where nobody answers at its address', () => {
	it('an event that does not come within half an hour is started, and a failed execution says so', async () => {
		const { watch } = await stage.published();
		address.instead = nobody;
		const missed = stage.happen();
		await stage.look(watch, 6);
		expect([startedBy(watch), watch.shown]).toEqual([[], []]);
		await stage.look(watch);
		expect(startedBy(watch)).toEqual([missed.id]);
		expect(watch.shown).toMatchObject([
			{ message: expect.stringMatching(/did not reach this trigger within 30 minutes/) },
		]);
	});

	it('nothing is started or shown where deliveries come in', async () => {
		const { trigger, watch } = await stage.published();
		address.instead = nobody;
		for (let checks = 0; checks < 12; checks++) {
			await stage.receive(trigger, 2);
			await stage.look(watch);
		}
		expect([startedBy(watch), watch.shown]).toEqual([[], []]);
	});

	it('nothing is started where another process has ever answered', async () => {
		const { watch } = await stage.published();
		address.isOfAnotherProcess = true;
		await stage.look(watch);
		address.instead = nobody;
		stage.happen(); // received by another process
		await stage.look(watch, 12);
		expect([startedBy(watch), watch.shown]).toEqual([[], []]);
	});

	it('what happened is not lost with a restart or another publication', async () => {
		const both = await stage.published();
		address.instead = nobody;
		const missed = stage.happen();
		await stage.look(both.watch, 2);
		const { again } = await stage.restart(both, 5);
		expect(startedBy(again)).toEqual([missed.id]);
	});
});

it('What is well again is told, and what is shown is the last real cause', async () => {
	const { watch } = await stage.published();
	sandbox.faults.inject({ route: 'POST .*/subscriptions', kind: 'status-before', status: 403 });
	sandbox.store.subscriptions.clear();
	await stage.look(watch, 8);
	expect(watch.shown).toHaveLength(1);
	expect(watch.shown[0]?.description).toMatch(/403|refused|scope/);
	expect(watch.shown[0]?.description).not.toMatch(/repaired/);
});
