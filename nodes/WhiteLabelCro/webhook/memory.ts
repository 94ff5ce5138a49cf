/**
 * What became of the deliveries of this process, by event id, so that a duplicate starts nothing. n8n keeps nothing that a
 * webhook writes into static data, and lets a webhook ask no database: restarts and other processes are out of its reach.
 */
import { BoundedMap } from '../helpers/boundedMap';

/** How many event ids are remembered for each trigger, and for how many triggers; beyond that the oldest go. */
export const MAX_IDS = 10_000;
export const MAX_TRIGGERS = 200;

/** With which HTTP status n8n ended the request that carried an event; undefined if it never did. */
export type Ending = number | undefined;

/** An event that was accepted, or the ending to come of one that is being accepted. */
type Memory = 'accepted' | Promise<Ending>;

const triggers = new BoundedMap<string, BoundedMap<string, Memory>>(MAX_TRIGGERS);

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
	const events = triggers.get(trigger) ?? new BoundedMap<string, Memory>(MAX_IDS);
	triggers.set(trigger, events);
	const memory = events.get(eventId);
	if (memory === 'accepted') return { known: 'accepted' };
	if (memory !== undefined) return { known: 'in flight', ending: memory };

	let resolve: (ending: Ending) => void = () => undefined;
	const ending = new Promise<Ending>((settle) => {
		resolve = settle;
	});
	events.set(eventId, ending);
	return {
		known: 'no',
		end: (status) => {
			if (status !== undefined && status >= 200 && status < 300) events.set(eventId, 'accepted');
			else events.delete(eventId);
			resolve(status);
		},
	};
}
