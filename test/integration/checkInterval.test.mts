// What a trigger promises does not hang on how often it checks: all of that is derived from one constant.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { forgetModules } from './engine.mts';
import { idsOf, startedBy, useTriggerStage } from './triggerStage.mts';
import type { Running } from './trigger.mts';

const stage = useTriggerStage('webhooks:write', 'events:read');

const INTERVAL = join(process.cwd(), 'dist/nodes/WhiteLabelCro/webhook/monitor/interval.js');
const CONSTANT = /(?<=CHECK_INTERVAL_MINUTES = )\d+(?=;)/g;

describe.each([1, 20])('With a check every %i minutes', (minutes) => {
	const built = readFileSync(INTERVAL, 'utf8');

	beforeEach(() => {
		expect(built.match(CONSTANT)).toHaveLength(1);
		forgetModules();
		jest.doMock(INTERVAL, () => {
			const exports = {};
			runInNewContext(built.replace(CONSTANT, String(minutes)), { exports });
			return exports;
		});
	});
	afterEach(() => {
		jest.dontMock(INTERVAL);
		forgetModules();
	});

	const check = async (watch: Running, times = 1) => {
		for (let i = 0; i < times; i++) {
			stage.later(minutes);
			await watch.tick();
		}
	};
	const checked = async () => {
		const both = await stage.publish();
		await check(both.watch, 2);
		return both;
	};
	/** Until an event is old enough, and a check has come since. */
	const checksUntilDue = Math.ceil(3 / minutes) + 2;

	it('n8n ticks as often', async () => {
		const { watch } = await stage.publish();
		expect(watch.expression).toMatch(new RegExp(`^\\d+ \\*/${minutes} \\* \\* \\* \\*$`));
	});

	it('what other processes receive is not started, though n8n skips two ticks', async () => {
		stage.address.isOfAnotherProcess = true;
		const { watch } = await checked();
		for (let i = 0; i < 4; i++) {
			stage.happen(); // received by another process
			await check(watch);
		}
		stage.later(2 * minutes);
		stage.happen(); // received by another process
		await check(watch, checksUntilDue);
		expect(startedBy(watch)).toEqual([]);
	});

	it('what happened in an outage is started once, and the subscription is well with the next check', async () => {
		const { trigger, watch } = await checked();
		await stage.receive(trigger, 2);
		await check(watch);
		stage.theSubscription().isActive = false;
		const missed = stage.happens(3);
		await check(watch);
		expect(stage.theSubscription().isActive).toBe(true);
		await check(watch, checksUntilDue);
		expect(startedBy(watch)).toEqual(idsOf(missed));
	});

	it('what happened while nobody checked three times is started', async () => {
		const { watch } = await checked();
		stage.later(minutes);
		const missed = stage.happens(2);
		stage.later(3 * minutes);
		await check(watch, checksUntilDue);
		expect(startedBy(watch)).toEqual(idsOf(missed));
	});

	it('a subscription that is switched off again before each check is switched on less and less often', async () => {
		const { watch } = await checked();
		let switchedOn = 0;
		const checks = 30;
		for (let i = 0; i < checks; i++) {
			stage.theSubscription().isActive = false;
			await check(watch);
			if (stage.theSubscription().isActive) switchedOn += 1;
		}
		const hours = (checks * minutes) / 60;
		expect(switchedOn).toBeGreaterThanOrEqual(Math.floor(hours / 2) + 3);
		expect(switchedOn).toBeLessThanOrEqual(hours + Math.log2(checks) + 1);
	});

	it('the checkpoint is noted at every third check', async () => {
		const { watch } = await checked();
		for (let i = 0; i < 7; i++) {
			await check(watch);
			const [, told = ''] = /^last seen well (\S+?Z)/.exec(stage.theSubscription().description ?? '') ?? [];
			expect(Date.now() - Date.parse(told)).toBeLessThan(3 * minutes * 60_000);
		}
	});
});
