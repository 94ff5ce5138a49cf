/** Whether deliveries arrive at a trigger and get in, as far as a check can tell, and what a person is told if they do not. */
import { isUnsure } from '../catchUp/classify';
import { UNHEALTHY_AFTER_MS, reportHealthy, reportTrouble } from './alerts';
import type { Monitor } from './registry';

/** How many refused deliveries in a row are told at once. */
const MANY_REFUSALS = 3;

const CONFIRM_INSTEAD =
	'An API key with the scope events:read lets the trigger look up such events in the event log and start all the same.';

/** Reports what answers in the trigger's place at its address, and refused deliveries. @param now by this process's clock, in ms */
export function reportDeliveries(monitor: Monitor, url: string, now: number): void {
	const { reach, refusals, wasDelivered } = monitor.trigger;
	if (reach?.other === undefined) reportHealthy(monitor, 'address');
	else {
		reportTrouble(
			monitor,
			'address',
			{
				message: `Something else answers at this trigger's address ${url}: ${reach.other.what}`,
				description:
					'WhiteLabelCRO delivers events to that address. Look for a login page, a firewall, a tunnel, or a proxy in front of n8n, and let requests to that address through to n8n. Until then, the trigger starts for events that it finds in the event log, some minutes late. This is shown once a day until n8n answers there again.',
			},
			now,
			false,
		);
	}
	if (wasDelivered === true || !isUnsure(monitor.trigger)) reportHealthy(monitor, 'missing');
	if (refusals === undefined) reportHealthy(monitor, 'refusals');
	else if (refusals.count >= MANY_REFUSALS || now - refusals.since >= UNHEALTHY_AFTER_MS) {
		const { count, reason, remedy } = refusals;
		reportTrouble(
			monitor,
			'refusals',
			{
				message: `This trigger refuses the deliveries that it gets: ${count} in a row, the last one because ${reason}`,
				description: `${remedy} ${CONFIRM_INSTEAD} This is shown once a day until a delivery gets in.`.trim(),
			},
			now,
			true,
		);
	}
}
