/**
 * What became of the deliveries of this process, by event id, so that a duplicate starts nothing, and that what was missed
 * can be told. n8n keeps nothing that a webhook writes into static data, and lets a webhook ask no database: restarts and
 * other processes are out of its reach.
 */
import { registry } from './monitor/registry';
import type { Ending, TriggerState } from './monitor/registry';

/** Whether an ending is a success. */
export function isAccepted(ending: Ending): boolean {
	return ending !== undefined && ending >= 200 && ending < 300;
}

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
export function begin(trigger: TriggerState, eventId: string): Arrival {
	const { events } = registry.deliveriesOf(trigger);
	const delivery = events.get(eventId);
	if (typeof delivery === 'number') return { known: 'accepted' };
	if (delivery !== undefined) return { known: 'in flight', ending: delivery };

	let resolve: (ending: Ending) => void = () => undefined;
	const ending = new Promise<Ending>((settle) => {
		resolve = settle;
	});
	events.set(eventId, ending);
	return {
		known: 'no',
		end: (status) => {
			if (isAccepted(status)) markAccepted(trigger, eventId);
			else trigger.deliveries?.events.delete(eventId);
			resolve(status);
		},
	};
}

/** Notes that an event was accepted without a delivery. */
export function markAccepted(trigger: TriggerState, eventId: string): void {
	registry.deliveriesOf(trigger).events.set(eventId, registry.now());
}

/** What is known of an event, without noting its arrival. */
export function statusOf({ deliveries }: TriggerState, eventId: string): Arrival['known'] {
	const delivery = deliveries?.events.get(eventId);
	if (delivery === undefined) return 'no';
	return typeof delivery === 'number' ? 'accepted' : 'in flight';
}
