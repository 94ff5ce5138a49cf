/**
 * What became of the deliveries of this process, by event id, so that a duplicate starts nothing, and that what was missed
 * can be told. n8n keeps nothing that a webhook writes into static data, and lets a webhook ask no database: restarts and
 * other processes are out of its reach.
 */
import { BoundedMap } from '../helpers/boundedMap';

/** How many event ids are remembered for each trigger, and for how many triggers; beyond that the oldest go. */
export const MAX_IDS = 10_000;
export const MAX_TRIGGERS = 200;

/** The HTTP status n8n ended an event's request with; undefined if it never did. */
export type Ending = number | undefined;

/** Whether an ending is a success. */
export function isAccepted(ending: Ending): boolean {
	return ending !== undefined && ending >= 200 && ending < 300;
}

/** When an event was accepted, or the ending to come of one that is being accepted. */
type Memory = number | Promise<Ending>;

/** What a trigger received, and since when none of it is forgotten: in milliseconds by `now`. */
export interface Received {
	events: Map<string, Memory>;
	since: number;
}

const triggers = new BoundedMap<string, Received>(MAX_TRIGGERS);

/** How far this process's clock was set back, and what `now` was last: both in milliseconds. */
let setBackMs = 0;
let latest = 0;

/** This process's clock, as if it had never been set back. */
function now(): number {
	setBackMs += Math.max(0, latest - (Date.now() + setBackMs));
	latest = Date.now() + setBackMs;
	return latest;
}

/** When this process started, or n8n reloaded this module, and when a trigger was last forgotten to make room. */
const loadedAt = now();
let forgottenAt = 0;

/** What is known of an event at its arrival. */
export type Arrival =
	/** Not seen before: the caller says how it ended. */
	| { known: 'no'; end: (ending: Ending) => void }
	/** Its first copy is still on its way: this one has to end as that does. */
	| { known: 'in flight'; ending: Promise<Ending> }
	| { known: 'accepted' };

/**
 * Notes the arrival of an event at a trigger. Until `end` is called it is in flight; an ending with a success status makes
 * it accepted, and any other forgets it, so that the CRM's next try is taken for what it is.
 */
export function arrive(trigger: string, eventId: string): Arrival {
	const { events } = receivedBy(trigger);
	const memory = events.get(eventId);
	if (typeof memory === 'number') return { known: 'accepted' };
	if (memory !== undefined) return { known: 'in flight', ending: memory };

	let resolve: (ending: Ending) => void = () => undefined;
	const ending = new Promise<Ending>((settle) => {
		resolve = settle;
	});
	events.set(eventId, ending);
	return {
		known: 'no',
		end: (status) => {
			if (isAccepted(status)) events.set(eventId, now());
			else events.delete(eventId);
			resolve(status);
		},
	};
}

/** Notes that an event was accepted without a delivery. */
export function accept(trigger: string, eventId: string): void {
	receivedBy(trigger).events.set(eventId, now());
}

/** What is known of an event, without noting its arrival. */
export function lookUp(trigger: string, eventId: string): Arrival['known'] {
	const memory = triggers.get(trigger)?.events.get(eventId);
	if (memory === undefined) return 'no';
	return typeof memory === 'number' ? 'accepted' : 'in flight';
}

/** Since when nothing that a trigger accepted is forgotten, in milliseconds by this process's clock. */
export function remembersSince(trigger: string): number {
	const time = now();
	return rememberedSince(triggers.get(trigger), time) - setBackMs;
}

function rememberedSince(received: Received | undefined, time: number): number {
	if (received === undefined) return Math.max(loadedAt, forgottenAt);
	const { events, since } = received;
	if (events.size < MAX_IDS) return since;
	const oldest = [...events.values()].find((memory) => typeof memory === 'number');
	return Math.max(since, oldest ?? time);
}

/**
 * Goes on with what a trigger had received before n8n reloaded this module, which it does when it updates the package.
 * @returns what the trigger has received, to be handed over the next time
 */
export function goOnReceiving(trigger: string, before: Received | undefined): Received {
	const received = receivedBy(trigger);
	if (before === undefined || before === received) return received;
	for (const [eventId, memory] of received.events) before.events.set(eventId, memory);
	before.since = Math.max(before.since, forgottenAt);
	triggers.set(trigger, before);
	return before;
}

function receivedBy(trigger: string): Received {
	const known = triggers.get(trigger);
	if (known === undefined && triggers.size >= MAX_TRIGGERS) forgottenAt = now();
	const received = known ?? {
		events: new BoundedMap<string, Memory>(MAX_IDS),
		since: Math.max(loadedAt, forgottenAt),
	};
	triggers.set(trigger, received);
	return received;
}
