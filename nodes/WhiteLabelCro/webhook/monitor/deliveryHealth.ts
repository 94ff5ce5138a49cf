/** Whether deliveries arrive at a trigger and get in, as far as this process can tell, and what a person is told if they do not. */
import { isUnsure } from '../catchUp/classify';
import { UNHEALTHY_AFTER_MS, reportHealthy, reportTrouble } from './alerts';
import type { Cause } from './alerts';
import type { Monitor, Reach, Refusals } from './registry';

/** How many refused deliveries in a row are told at once. */
const MANY_REFUSALS = 3;

/** What answers in a trigger's place at its address. */
export function addressCause({ what }: NonNullable<Reach['other']>, url: string): Cause {
	return {
		message: `Something else answers at this trigger's address ${url}: ${what}`,
		description:
			'WhiteLabelCRO delivers events to that address. Look for a login page, a firewall, a tunnel, or a proxy in front of n8n, and let requests to that address through to n8n. Until then, the trigger starts for events that it finds in the event log, some minutes late. This is shown once a day until n8n answers there again.',
	};
}

/** Why a trigger refuses deliveries. */
export function refusalsCause({ count, reason, remedy }: Refusals): Cause {
	return {
		message: `This trigger refuses the deliveries that it gets: ${count} in a row, the last one because of this: ${reason}`,
		description: `${remedy} An API key with the scope events:read lets the trigger look up such events in the event log, and start all the same. This is shown once a day until a delivery gets in.`.trim(),
	};
}

/** Reports what is wrong with a trigger's deliveries, and what no longer is. @param now by this process's clock, in milliseconds */
export function reportDeliveries(monitor: Monitor, url: string, now: number): void {
	const { reach, refusals, wasDelivered } = monitor.trigger;
	if (wasDelivered === true || !isUnsure(monitor.trigger)) reportHealthy(monitor, 'missing');
	if (reach?.other === undefined) reportHealthy(monitor, 'address');
	else reportTrouble(monitor, 'address', addressCause(reach.other, url), now, false);
	if (refusals === undefined) reportHealthy(monitor, 'refusals');
	else if (refusals.count >= MANY_REFUSALS || now - refusals.since >= UNHEALTHY_AFTER_MS) {
		reportTrouble(monitor, 'refusals', refusalsCause(refusals), now, true);
	}
}
