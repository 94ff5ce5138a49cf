/**
 * What this process knows of the triggers of this package: one TriggerState for each, and what is of the process itself. It is
 * the only state of this room.
 *
 * - It holds the 10,000 triggers used last, and the deliveries of those that are published here, and of 200 others.
 * - A restart of n8n forgets all of it. What must outlive one is in n8n's static data (the subscription with its secret, the
 *   address, the choices, the checkpoint of the last publishing) and in the subscription's description (the checkpoint).
 * - When n8n updates the package, it reloads this module and leaves published triggers as they are. The registry is empty then,
 *   and each monitor comes back with its next tick (`current`) and starts from its checkpoint. Until then a trigger counts as
 *   published, and what it received before as unknown.
 * - In queue mode a webhook process knows of its deliveries only.
 */
import type { ITriggerFunctions } from 'n8n-workflow';

import type { EventCursor } from '../../api/eventCursor';
import type { EventEnvelope } from '../../contract/events';
import type { Choice } from '../../events/choices';
import type { Selection } from '../../events/selection';
import { BoundedMap } from '../../helpers/boundedMap';
import type { CatchUpState, Checkpoint } from '../catchUp/state';
import type { StoredSubscription } from '../subscription/plan';

/** How many event ids are remembered for each trigger, and for how many that are not published here; beyond that the oldest go. */
export const MAX_IDS = 10_000;
export const MAX_RECEIVERS = 200;

const MAX_TRIGGERS = 10_000;

export interface TriggerState {
	readonly key: string;
	/** Where it is in its life, as n8n's hooks tell; a publishing that failed stays one. */
	phase: 'publishing' | 'published' | 'unpublished';
	/** Until when the calls of a publishing that is under way have to be over. */
	publishBy?: number;
	/** The one that is published here. */
	monitor?: Monitor;
	/** The check that is under way. */
	check?: Promise<void>;
	deliveries?: Deliveries;
	/** What is known of missed events; undefined as long as the CRM was not reached. */
	catchUp?: CatchUpState;
	/** What a person has chosen, and since when. */
	choices?: Choice[];
	/** The subscription that this process registered, or found to be the CRM's current one. */
	subscription?: StoredSubscription;
	/** The static data holds another one, as a delivery or a probe found; when it was stored again within the last hour. */
	isMisstored?: boolean;
	storedAt?: number[];
	/** The part of the event log in which deliveries are looked up, and how that went. */
	log?: LogReader;
	lookUps?: LookUps;
	/** Whether a delivery got in since the last check, when the last one did, and what became of those that did not since. */
	wasDelivered?: boolean;
	deliveredAt?: number;
	refusals?: Refusals;
	/** When the log last told of a rejected delivery, and how many it has kept quiet about since. */
	rejections?: { at: number; unlogged: number };
	/** When the log last told of a delivery that only the event log confirmed. */
	confirmedAt?: number;
	/** The call to its own address that is under way, and whether it arrived in this process. */
	probe?: { nonce: string; isHere: boolean };
	reach?: Reach;
}

/** Who answered at a trigger's address (see probe.ts). */
export interface Reach {
	/** How often this process did, since another process of this n8n last did. */
	here: number;
	/** Another process of this n8n did, lately. */
	isShared: boolean;
	/** Deliveries got in while something else did: from inside its network, this n8n is answered otherwise than the CRM. */
	isMisled?: boolean;
	/** Something else does: since when, by this process's clock in milliseconds, and what it is. */
	other?: { since: number; what: string };
}

/** Deliveries in a row that looked genuine and could be neither verified nor confirmed. */
export interface Refusals {
	count: number;
	/** Since when, by this process's clock in milliseconds. */
	since: number;
	/** Why the last one was refused, and what to do, in sentences. */
	reason: string;
	remedy: string;
}

/** Where in an account's event log deliveries are looked up (see confirmation.ts). */
export interface LogReader {
	account: string;
	position: EventCursor;
	/** The rows read, by the event's key. */
	rows: BoundedMap<string, EventEnvelope>;
	companyId?: string;
	/** The reading that is under way; when the last one was over, by this process's clock in milliseconds; whether it came to the end. */
	reading?: Promise<void>;
	readAt: number;
	isAtEnd: boolean;
}

/** How looking deliveries up went. Times by this process's clock, in milliseconds. */
export interface LookUps {
	/** The last ones that confirmed nothing: of which event, and when; and whether the last one could not read the log. */
	misses: Array<{ key: string; at: number }>;
	isUnreadable: boolean;
	/** Until when there are none, and for how long that is. */
	pausedUntil: number;
	pauseMs: number;
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
	isEnded?: boolean;
	/** When the checkpoint was last written into the subscription, and what that tells; until when not to try again. */
	written?: { at: number; told: Checkpoint };
	unwritableUntil?: number;
	/** What is or was wrong: since when it is; when the log last told of it, and a person was last shown it. In milliseconds. */
	troubles: Map<Trouble, { since?: number; loggedAt?: number; shownAt?: number }>;
	/** Why the last check of its subscription, or the last repair, failed. */
	lastError?: Error;
	/** When it was repaired within the last day. */
	repairedAt: number[];
	/** How often it was repaired without being found well since, and when it may be next. */
	attempts: number;
	nextAttemptAt: number;
}

/** The subscription is not as wanted; something else answers at the address; deliveries are refused; events do not come. */
export type Trouble = 'subscription' | 'address' | 'refusals' | 'missing';

class Registry {
	/** The last checkpoints that are being written, and since when, by this process's clock in milliseconds. */
	readonly lastCheckpoints = new Set<Promise<unknown>>();
	stoppingSince = -Infinity;

	/**
	 * Whether executions run in this process. In queue mode they do not, and other processes may receive deliveries. Undefined until
	 * one has run, or did not for long since one was started to find out.
	 */
	executesHere?: boolean;
	executionStartedAt?: number;

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
	 * The newest monitor of a trigger: after a failed publishing n8n goes on ticking for an older one. From before a reload, it
	 * brings what no checkpoint tells: the subscription, whose secret may not be stored yet, and the keys of what was received.
	 */
	current(monitor: Monitor): Monitor {
		const { key, subscription, deliveries, monitor: newest = monitor } = monitor.trigger;
		const trigger = this.of(key);
		if (trigger !== monitor.trigger && deliveries !== undefined) {
			const { events } = this.deliveriesOf(trigger);
			for (const [id, delivery] of deliveries.events) if (!events.has(id)) events.set(id, delivery);
		}
		trigger.subscription ??= subscription;
		for (const each of [newest, monitor]) each.trigger = trigger;
		if (newest.isEnded !== true) trigger.monitor ??= newest;
		return trigger.monitor ?? monitor;
	}

	/** The monitors of the triggers that are published in this process. */
	published(): Monitor[] {
		return [...this.triggers.values()]
			.flatMap(({ monitor }) => monitor ?? [])
			.filter((monitor) => !isStopped(monitor));
	}

	end(monitor: Monitor): void {
		const { trigger } = monitor;
		monitor.isEnded = true;
		if (trigger.monitor === monitor) trigger.monitor = undefined;
	}

	/** This process's clock, as if it had never been set back. */
	now(): number {
		this.setBackMs += Math.max(0, this.latest - (Date.now() + this.setBackMs));
		this.latest = Date.now() + this.setBackMs;
		return this.latest;
	}
}

export const registry = new Registry();

/** Whether a trigger must not be monitored: it is not published, or a person is at it. */
export function isStopped({ isEnded, trigger }: Monitor): boolean {
	return isEnded === true || trigger.phase !== 'published';
}

/** How a trigger is named in the log. */
export function nameOf({ context }: Monitor): string {
	return `"${context.getNode().name}" in workflow "${context.getWorkflow().name ?? ''}"`;
}
