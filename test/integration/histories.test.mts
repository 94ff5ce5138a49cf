// Random histories of one trigger: each event that it wants starts the workflow once, or twice only where docs/reliability.md says
// so; none is lost, and none is started that was not wanted when it happened.
import { expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { Dialect } from '../../sandbox/dialect.mts';
import type { Fault } from '../../sandbox/faults.mts';
import type { EventEnvelope } from '../../sandbox/store/model.mts';
import { signatureOf, subscriptionsOf } from '../fixtures.mts';
import { nobody } from './address.mts';
import { forgetModules } from './engine.mts';
import type { Running, Trigger } from './trigger.mts';
import { useTriggerStage } from './triggerStage.mts';

/** How many: CI runs more. */
const HISTORIES = Number(process.env.HISTORIES ?? 25);

const stage = useTriggerStage('webhooks:write', 'events:read');
const { credential, engine, sandbox } = stage;

const TYPES = ['lead.created', 'client.created'];

/** It is not tried again. */
const NO_ANSWER: Fault = { route: '.', kind: 'status-before', status: 404 };

interface Choice {
	types: string[];
	catchUp: boolean;
}

const choice = fc.oneof(
	{
		weight: 3,
		arbitrary: fc.constantFrom<Choice>(
			{ types: ['lead.created'], catchUp: true },
			{ types: TYPES, catchUp: true },
		),
	},
	{ weight: 1, arbitrary: fc.constant<Choice>({ types: TYPES, catchUp: false }) },
);

type Step =
	| { does: 'event'; type: string }
	| { does: 'wait'; minutes: number }
	| { does: 'publish'; choice: Choice; order: 'close first' | 'delete first' }
	| { does: 'look' | 'unpublish' | 'kill' | 'stop' | 'start' | 'reload' | 'breaker' | 'vanish' | 'retry' }
	| { does: 'unreachable' | 'CRM down' | 'disk full' | 'over' }
	| { does: 'key'; scopes: 'revoked' | 'renewed' | 'without events:read' };

const step: fc.Arbitrary<Step> = fc.oneof(
	{
		weight: 10,
		arbitrary: fc.record({ does: fc.constant('event' as const), type: fc.constantFrom(...TYPES) }),
	},
	{ weight: 6, arbitrary: fc.constant<Step>({ does: 'look' }) },
	{
		weight: 2,
		arbitrary: fc.record({ does: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 30 }) }),
	},
	{
		weight: 3,
		arbitrary: fc.record({
			does: fc.constant('publish' as const),
			choice,
			order: fc.constantFrom('close first' as const, 'delete first' as const),
		}),
	},
	{
		weight: 8,
		arbitrary: fc.constantFrom<Step>(
			...(
				[
					'unpublish',
					'kill',
					'stop',
					'start',
					'start',
					'start',
					'start',
					'reload',
					'breaker',
					'vanish',
					'retry',
					'retry',
				] as const
			).map((does) => ({ does })),
		),
	},
	{
		weight: 4,
		arbitrary: fc.constantFrom<Step>(
			...(['unreachable', 'CRM down', 'disk full', 'over', 'over', 'over'] as const).map((does) => ({
				does,
			})),
		),
	},
	{
		weight: 1,
		arbitrary: fc.record({
			does: fc.constant('key' as const),
			scopes: fc.constantFrom('revoked' as const, 'renewed' as const, 'without events:read' as const),
		}),
	},
);

/** What became of an event. */
interface Happened {
	event: EventEnvelope;
	/** What was published then: undefined before the first publishing. */
	then?: Choice;
	wasDelivered: boolean;
	starts: number;
	/** Which process knows that it started. */
	startedIn: number;
	/** How often more than once, and whether never, docs/reliability.md lets it start. */
	mayRepeat: number;
	mayBeLost: boolean;
}

/** One n8n with one trigger, and its CRM. */
class World {
	readonly events: Happened[] = [];
	readonly trigger: Trigger;
	private watch?: Running;
	private process = 0;
	private isRunning = true;
	private isPublished = false;
	private isReloaded = false;
	private isCrmDown = false;
	private present?: Choice;
	private readonly taken = new Map<Running, number>();
	private key: 'good' | 'revoked' | 'without events:read' = 'good';
	/** Since a key came that may not read the log: nobody can tell whose log the next key reads. */
	private isUnread = false;
	private askedBefore = 0;
	/** Every choice that was published after an event has to want it too. */
	private readonly choices: Array<{ at: number; choice: Choice }> = [];

	constructor(isOlder: boolean) {
		this.trigger = engine.trigger({ triggerOn: ['lead.created'] });
		this.trigger.isOlder = isOlder;
	}

	async take(next: Step): Promise<void> {
		stage.later(0.1);
		switch (next.does) {
			case 'event':
				await this.happen(next.type);
				break;
			case 'wait':
				stage.later(next.minutes);
				break;
			case 'look':
				stage.later(5);
				await this.look();
				break;
			case 'publish':
				await this.publish(next.choice, next.order);
				break;
			case 'unpublish':
				if (this.isRunning && this.isPublished) await this.unpublish('delete first');
				break;
			case 'kill':
				await this.kill();
				break;
			case 'stop':
				await this.watch?.close();
				this.collect();
				this.forget();
				this.isRunning = false;
				this.watch = undefined;
				break;
			case 'start':
				await this.start();
				break;
			case 'reload':
				// A published trigger brings back with its next look what it received.
				if (this.watch === undefined || this.isReloaded) this.forget();
				else forgetModules();
				this.isReloaded = true;
				// Until the next look.
				this.process += 1;
				break;
			case 'breaker':
				for (const subscription of this.own()) subscription.isActive = false;
				break;
			case 'vanish':
				for (const { id } of this.own()) sandbox.store.subscriptions.delete(id);
				// Its description was the only place that said it.
				this.uncover(() => true);
				break;
			case 'retry':
				await this.retry();
				break;
			case 'unreachable':
				stage.address.instead = nobody;
				break;
			case 'CRM down':
				this.isCrmDown = true;
				sandbox.faults.inject(NO_ANSWER);
				break;
			case 'disk full':
				// Older ones do not tell.
				this.trigger.isDiskFull = !this.trigger.isOlder;
				break;
			case 'over':
				this.endFaults();
				break;
			case 'key':
				this.useKey(next.scopes);
				break;
		}
		this.collect();
		this.noteWhatWasRead();
	}

	/** All is well in the end, and n8n runs on for some hours. */
	async end(): Promise<void> {
		this.endFaults();
		if (this.key !== 'good') this.useKey('renewed');
		await this.start();
		if (!this.isPublished && this.present !== undefined) await this.publish(this.present, 'delete first');
		// What does not stay repaired is repaired once an hour.
		for (const minutes of [5, 5, 5, 5, 15, 15, 15, 15, 15]) {
			stage.later(minutes);
			await this.look();
		}
		await this.watch?.close();
	}

	/** The events that started too often, or not often enough. */
	wrong(): string[] {
		return this.events.flatMap(({ event, then, wasDelivered, starts, mayRepeat, mayBeLost }) => {
			const at = Date.parse(event.createdUtc);
			const later = this.choices.filter((each) => each.at > at).map((each) => each.choice);
			const wants = (each?: Choice) => each?.catchUp === true && each.types.includes(event.type);
			const isWanted = wants(then) && later.every(wants);
			const least = wasDelivered || (isWanted && !mayBeLost) ? 1 : 0;
			const most = wasDelivered || wants(then) ? 1 + mayRepeat : 0;
			const isRight = starts >= least && starts <= most;
			return isRight ? [] : [`event ${event.id} started ${starts} times, not ${least} to ${most}`];
		});
	}

	private own() {
		return subscriptionsOf(sandbox).filter(({ targetUrl }) => targetUrl === this.trigger.url());
	}

	private async happen(type: string): Promise<void> {
		const event = stage.happen(type);
		const happened: Happened = {
			event,
			then: this.present,
			wasDelivered: false,
			starts: 0,
			startedIn: this.process,
			mayRepeat: 0,
			mayBeLost: this.isUnread,
		};
		this.events.push(happened);
		await this.deliver(happened);
	}

	/** The CRM tries again what failed. */
	private async retry(): Promise<void> {
		const failed = this.events.filter(({ wasDelivered }) => !wasDelivered).at(-1);
		if (failed === undefined) return;
		// Known events are in n8n's memory.
		if (failed.starts > 0 && failed.startedIn !== this.process) failed.mayRepeat += 1;
		await this.deliver(failed);
	}

	private async deliver(happened: Happened): Promise<void> {
		if (!this.isRunning || !this.isPublished || stage.address.instead !== undefined) return;
		const { event } = happened;
		for (const { isActive, eventTypes, secret } of this.own()) {
			if (!isActive || !eventTypes.includes(event.type)) continue;
			const rawBody = Buffer.from(JSON.stringify(event));
			const headers = signatureOf(rawBody.toString(), secret);
			const ending = Promise.resolve(this.trigger.isDiskFull ? 500 : 200);
			const { answered, returned } = await this.trigger.deliver({ headers, rawBody }, { ending });
			const isStarted = returned.workflowData !== undefined && !this.trigger.isDiskFull;
			if (isStarted) happened.starts += 1;
			if (isStarted || (answered === undefined && !this.trigger.isDiskFull))
				happened.wasDelivered ||= isStarted;
		}
	}

	private async look(): Promise<void> {
		if (this.isRunning && this.watch !== undefined) {
			await this.watch.tick();
			this.isReloaded = false;
		}
		this.collect();
	}

	private async start(): Promise<void> {
		if (this.isRunning) return;
		this.isRunning = true;
		if (!this.isPublished) return;
		this.watch = await stage.start(this.trigger, 'init');
		stage.later(0.1);
		await this.look();
	}

	private async publish(next: Choice, order: 'close first' | 'delete first'): Promise<void> {
		if (!this.isRunning) return;
		const before = this.trigger.parameters;
		if (this.isPublished) await this.unpublish(order);
		this.trigger.parameters = { triggerOn: next.types, options: { catchUp: next.catchUp } };
		try {
			await this.trigger.publish();
		} catch {
			// n8n goes on with nothing; what was to be published is not.
			this.trigger.parameters = before;
			for (const each of this.events) each.mayBeLost ||= !each.wasDelivered && each.starts === 0;
			return;
		}
		this.present = next;
		this.choices.push({ at: Date.now(), choice: next });
		this.isPublished = true;
		this.watch = await stage.start(this.trigger);
		stage.later(0.1);
	}

	private async unpublish(order: 'close first' | 'delete first'): Promise<void> {
		this.isPublished = false;
		if (order === 'close first') await this.watch?.close();
		await this.trigger.unpublish();
		if (order === 'delete first') await this.watch?.close();
		this.collect();
		this.watch = undefined;
	}

	private useKey(scopes: 'revoked' | 'renewed' | 'without events:read'): void {
		if (scopes !== 'renewed') {
			// What such a key cannot read is not caught up on.
			if (scopes === 'without events:read')
				for (const each of this.events) each.mayBeLost ||= each.starts === 0;
			if (scopes === 'revoked') sandbox.revokeKey(credential.apiKey);
		}
		if (scopes !== 'revoked') {
			const allowed =
				scopes === 'renewed' ? (['webhooks:write', 'events:read'] as const) : (['webhooks:write'] as const);
			credential.apiKey = sandbox.createKey(allowed);
		}
		this.key = scopes === 'renewed' ? 'good' : scopes;
		this.isUnread ||= scopes === 'without events:read';
		this.askedBefore = sandbox.requests.length;
	}

	private noteWhatWasRead(): void {
		// A call with the key before may still be under way.
		if (this.key !== 'good') return;
		const asked = sandbox.requests.slice(this.askedBefore);
		if (asked.some(({ path, status }) => path === '/api/v1/events' && status === 200)) this.isUnread = false;
	}

	/** The timers of the process end with it. What n8n does as it stops in order must not reach the CRM. */
	private async kill(): Promise<void> {
		sandbox.faults.inject(NO_ANSWER);
		await this.watch?.close();
		sandbox.faults.clear();
		if (this.isCrmDown) sandbox.faults.inject(NO_ANSWER);
		this.forget();
		this.isRunning = false;
		this.watch = undefined;
	}

	private endFaults(): void {
		sandbox.faults.clear();
		this.isCrmDown = false;
		this.trigger.isDiskFull = false;
		stage.address.instead = undefined;
	}

	/** A process ends, or forgets: what its checkpoint does not cover may come twice. */
	private forget(): void {
		const told = this.own().map(({ description }) =>
			Date.parse(/^last seen well (\S+?Z)/.exec(description ?? '')?.[1] ?? ''),
		);
		this.uncover((at) => told.length === 0 || !told.some((each) => each > at));
		forgetModules();
		this.process += 1;
	}

	private uncover(isUncovered: (at: number) => boolean): void {
		for (const each of this.events) {
			if (each.starts > 0 && isUncovered(Date.parse(each.event.createdUtc))) each.mayRepeat += 1;
		}
	}

	/** Counts what was started since the last time. */
	private collect(): void {
		if (this.watch === undefined) return;
		const items = this.watch.emitted.flat(2);
		for (const { json } of items.slice(this.taken.get(this.watch) ?? 0)) {
			const happened = this.events.find(({ event }) => event.id === json.id);
			if (happened === undefined) continue;
			happened.starts += 1;
			happened.startedIn = this.process;
		}
		this.taken.set(this.watch, items.length);
	}
}

const logs = fc.constantFrom<Partial<Dialect>>(
	{},
	{ eventsPageSize: 2 },
	{ eventsCursorAtEnd: 'null' },
	{ eventsPageSize: 2, eventsCursorAtEnd: 'null' },
);

it(
	`in ${HISTORIES} random histories each event starts the workflow as often as it should`,
	async () => {
		const history = fc.array(step, { minLength: 5, maxLength: 40, size: 'max' });
		await fc.assert(
			fc.asyncProperty(history, logs, fc.boolean(), async (steps, dialect, isOlder) => {
				stage.reset();
				sandbox.faults.clear();
				sandbox.setDialect(dialect);
				const world = new World(isOlder);
				await world.take({
					does: 'publish',
					choice: { types: ['lead.created'], catchUp: true },
					order: 'delete first',
				});
				for (const each of steps) await world.take(each);
				await world.end();
				expect(world.wrong()).toEqual([]);
			}),
			{ numRuns: HISTORIES, endOnFailure: process.env.SHRINK === undefined },
		);
	},
	HISTORIES * 10_000,
);
