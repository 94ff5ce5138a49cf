/**
 * What this process knows of the triggers of this package: one TriggerState for each, and what is of the process itself. It is
 * the only state of this room.
 *
 * - It holds the 10,000 triggers used last; the deliveries of those that are published here, and of 200 others; of a monitor
 *   that has ended, for a minute what the next one goes on with.
 * - A restart of n8n forgets all of it. What must outlive one is in n8n's static data (the subscription with its secret, the
 *   address) and in the subscription's description (the checkpoint).
 * - When n8n updates the package, it reloads this module and leaves published triggers as they are. The registry is empty then,
 *   and each trigger comes back with its next tick, which holds its monitor (`current`). So all of it is plain data, and until
 *   then a trigger counts as published, and what it received before as unknown.
 * - In queue mode a webhook process knows of its deliveries only.
 */
import type { ITriggerFunctions } from 'n8n-workflow';

import type { Selection } from '../../events/selection';
import { BoundedMap } from '../../helpers/boundedMap';
import type { CatchUpState } from '../catchUp/state';

/** How many event ids are remembered for each trigger, and for how many that are not published here; beyond that the oldest go. */
export const MAX_IDS = 10_000;
export const MAX_RECEIVERS = 200;

const MAX_TRIGGERS = 10_000;
/** How long a trigger that ended is taken for one that is being republished with changes. */
const EDIT_MS = 60_000;

export interface TriggerState {
	readonly key: string;
	/** Where it is in its life, as n8n's hooks tell; a publishing that failed stays one. */
	phase: 'publishing' | 'published' | 'unpublished';
	/** The newest one. */
	monitor?: Monitor;
	deliveries?: Deliveries;
	/** When the log last told of a rejected delivery, and how many it has kept quiet about since. */
	rejections?: { at: number; unlogged: number };
}

/** What a trigger received, and since when none of it is forgotten: in milliseconds by the registry's clock. */
interface Deliveries {
	events: Map<string, Delivery>;
	since: number;
}

/** When an event was accepted, or the ending to come of one that is being accepted. */
type Delivery = number | Promise<Ending>;

/** The HTTP status n8n ended an event's request with; undefined if it never did. */
export type Ending = number | undefined;

/** A published trigger as it is monitored, from one activation to its end. */
export interface Monitor {
	trigger: TriggerState;
	context: ITriggerFunctions;
	/** Read when it is published, since n8n evaluates no expressions later. */
	selection: Selection;
	/** How far back missed events are caught up on, in milliseconds; undefined if they are not. */
	lookBackMs?: number;
	startedAt: number;
	/** Whether n8n started it, or this process took over from another: nobody was publishing. */
	isAtStart: boolean;
	endedAt?: number;
	isBusy: boolean;
	/** What is known of missed events; undefined as long as the CRM was not reached. */
	catchUp?: CatchUpState;
	/** When the checkpoint was last written into the subscription, and what that tells; until when not to try again. */
	written?: { at: number; told: number };
	unwritableUntil?: number;
	/** Since when its subscription has not been as wanted, and when a person was last shown that. In milliseconds. */
	unhealthySince?: number;
	shownAt?: number;
	/** When the log last told of it. */
	loggedAt?: number;
	/** When it was repaired within the last day. */
	repairedAt: number[];
	/** How often it was repaired without being found well since, and when it may be next. */
	attempts: number;
	nextAttemptAt: number;
}

class Registry {
	/** When an orderly stop of n8n ended the first of its triggers. */
	stoppingSince = -Infinity;

	private readonly triggers = new BoundedMap<string, TriggerState>(MAX_TRIGGERS);
	/** Those whose deliveries are remembered, the one used last at the end. */
	private readonly receivers = new Set<TriggerState>();
	/** How far this process's clock was set back, and what `now` was last: both in milliseconds. */
	private setBackMs = 0;
	private latest = 0;
	/** When this process started, or n8n reloaded this module, and when a trigger was last forgotten to make room. */
	private readonly loadedAt = this.now();
	private forgottenAt = -Infinity;

	/** The state of a trigger, by its key. */
	of(key: string): TriggerState {
		const known = this.triggers.get(key);
		if (known === undefined && this.triggers.size >= MAX_TRIGGERS) this.forgottenAt = this.now();
		const trigger: TriggerState = known ?? { key, phase: 'published' };
		this.triggers.set(key, trigger);
		return trigger;
	}

	/** What a trigger received. */
	deliveriesOf(trigger: TriggerState): Deliveries {
		this.receivers.delete(trigger);
		this.receivers.add(trigger);
		for (const other of this.receivers) {
			if (this.receivers.size <= MAX_RECEIVERS) break;
			if (other.monitor !== undefined) continue;
			this.receivers.delete(other);
			other.deliveries = undefined;
			this.forgottenAt = this.now();
		}
		return (trigger.deliveries ??= {
			events: new BoundedMap<string, Delivery>(MAX_IDS),
			since: Math.max(this.loadedAt, this.forgottenAt),
		});
	}

	/** Since when nothing that a trigger accepted is forgotten, in milliseconds by this process's clock. */
	retainedSince({ deliveries }: TriggerState): number {
		const now = this.now();
		const { events, since = Math.max(this.loadedAt, this.forgottenAt) } = deliveries ?? {};
		if (events === undefined || events.size < MAX_IDS) return since - this.setBackMs;
		const oldest = [...events.values()].find((delivery) => typeof delivery === 'number') ?? now;
		return Math.max(since, oldest) - this.setBackMs;
	}

	/**
	 * The newest monitor of a trigger: after a failed publishing n8n goes on ticking for an older one. One of before a reload
	 * brings back what is known of its trigger.
	 */
	current(monitor: Monitor): Monitor {
		const before = monitor.trigger;
		const trigger = this.of(before.key);
		if (trigger !== before) this.bringBack(before, trigger);
		monitor.trigger = trigger;
		return (trigger.monitor ??= monitor);
	}

	/** The newest monitor of a trigger, also if it has just ended. */
	latestOf({ monitor }: TriggerState): Monitor | undefined {
		const { endedAt } = monitor ?? {};
		return endedAt === undefined || Math.abs(Date.now() - endedAt) <= EDIT_MS ? monitor : undefined;
	}

	/** The monitors of the triggers that are published in this process. */
	published(): Monitor[] {
		return [...this.triggers.values()]
			.flatMap(({ monitor }) => monitor ?? [])
			.filter((monitor) => !isStopped(monitor));
	}

	end(monitor: Monitor): void {
		monitor.endedAt = Date.now();
		for (const trigger of this.triggers.values()) trigger.monitor = this.latestOf(trigger);
	}

	/** This process's clock, as if it had never been set back. */
	now(): number {
		this.setBackMs += Math.max(0, this.latest - (Date.now() + this.setBackMs));
		this.latest = Date.now() + this.setBackMs;
		return this.latest;
	}

	private bringBack({ deliveries, monitor }: TriggerState, trigger: TriggerState): void {
		if (monitor !== undefined) {
			monitor.trigger = trigger;
			if ((trigger.monitor?.startedAt ?? -Infinity) < monitor.startedAt) trigger.monitor = monitor;
		}
		if (deliveries === undefined) return;
		for (const [eventId, delivery] of this.deliveriesOf(trigger).events) {
			deliveries.events.set(eventId, delivery);
		}
		deliveries.since = Math.max(deliveries.since, this.forgottenAt);
		trigger.deliveries = deliveries;
	}
}

export const registry = new Registry();

/** Whether a trigger must not be monitored: it is not published, or a person is at it. */
export function isStopped({ endedAt, trigger }: Monitor): boolean {
	return endedAt !== undefined || trigger.phase !== 'published';
}

/** How a trigger is named in the log. */
export function nameOf({ context }: Monitor): string {
	return `"${context.getNode().name}" in workflow "${context.getWorkflow().name ?? ''}"`;
}
