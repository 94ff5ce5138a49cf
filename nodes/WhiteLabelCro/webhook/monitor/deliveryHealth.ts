/** Whether deliveries arrive at a trigger and get in, as far as this process can tell, and what a person is told if they do not. */
import type { IDataObject } from 'n8n-workflow';

import { UNSURE_MS, isUnreached } from '../catchUp/classify';
import { loadUrl } from '../subscription/staticData';
import { UNHEALTHY_AFTER_MS, isAlertDue, noteUnhealthy, reportHealthy, reportTrouble } from './alerts';
import type { Cause } from './alerts';
import { nameOf, registry } from './registry';
import type { Monitor } from './registry';

/** How many refused deliveries in a row are told at once. */
const MANY_REFUSALS = 3;

/** Reports what is wrong with a trigger's deliveries, and what no longer is. @param now by this process's clock, in milliseconds */
export function reportDeliveries(monitor: Monitor, now: number): void {
	const { refusals, wasDelivered } = monitor.trigger;
	if (wasDelivered === true) reportHealthy(monitor, 'missing');
	const address = addressCause(monitor);
	if (address === undefined) reportHealthy(monitor, 'address');
	// In queue mode, other processes may well receive what this one cannot.
	else {
		const shown = registry.executesHere === true ? 'after half an hour' : 'never';
		reportTrouble(monitor, 'address', address, now, shown);
	}
	const refused = refusalsCause(monitor);
	if (refusals === undefined || refused === undefined) reportHealthy(monitor, 'refusals');
	else if (refusals.count >= MANY_REFUSALS || now - refusals.since >= UNHEALTHY_AFTER_MS) {
		reportTrouble(monitor, 'refusals', refused, now, 'at once');
	}
}

/** Reports that no delivery brought events while all was well. @param now by this process's clock, in milliseconds */
export function reportMissing(monitor: Monitor, now: number): void {
	// That something else answers is reported as such.
	if (monitor.trigger.reach?.other !== undefined) return;
	noteUnhealthy(monitor, 'missing', now);
	if (isUnreached(monitor.trigger)) {
		reportTrouble(monitor, 'missing', neverCame(monitor), now, 'at once');
	} else if (isAlertDue(monitor, 'missing', now)) {
		reportTrouble(monitor, 'missing', keptOut(monitor), now, 'at once');
	}
}

/** The triggers that are published in this process with an account's key. */
function publishedWith(account: string): Monitor[] {
	return registry.published().filter(({ trigger }) => trigger.subscription?.place?.account === account);
}

/** What an account's triggers that are published in this process know of themselves: times as ISO 8601, null if there is none. */
export function publishedTriggers(account: string): IDataObject[] {
	return publishedWith(account).map(({ trigger, context }) => ({
		workflow: context.getWorkflow().name ?? null,
		node: context.getNode().name,
		delivers_to: loadUrl(context) ?? null,
		last_delivery: toIso(trigger.deliveredAt),
		refused_deliveries: trigger.refusals?.count ?? 0,
		event_log_read: trigger.catchUp?.denied === true ? null : toIso(trigger.catchUp?.readAt),
	}));
}

function toIso(at: number | undefined): string | null {
	return at === undefined ? null : new Date(at).toISOString();
}

/** What is wrong with the deliveries to an account's triggers that are published in this process, as sentences. */
export function deliveryProblems(account: string): string[] {
	return publishedWith(account)
		.flatMap((monitor) =>
			[addressCause(monitor), refusalsCause(monitor), secretCause(monitor)].map(
				(cause) => cause && `${nameOf(monitor)}: ${cause.message}. ${cause.description}`,
			),
		)
		.filter((problem) => problem !== undefined);
}

/** What answers in a trigger's place at its address; undefined if nothing does. */
function addressCause({ trigger, context }: Monitor): Cause | undefined {
	const other = trigger.reach?.other;
	return (
		other && {
			message: `Something else answers at this trigger's address ${loadUrl(context) ?? ''}: ${other.what}`,
			description:
				'WhiteLabelCRO delivers events to that address. Look for a login page, a firewall, a tunnel, or a proxy in front of n8n, and let requests to that address through to n8n. Until then, the trigger gets its events from the event log, a few minutes late.',
		}
	);
}

/** Why a trigger refuses deliveries; undefined if it does not. */
function refusalsCause({ trigger: { refusals } }: Monitor): Cause | undefined {
	return (
		refusals && {
			message: `This trigger is refusing deliveries: ${refusals.count} in a row, the last one because of this: ${refusals.reason}`,
			description: `${refusals.remedy} With an API key that has the scope events:read, the trigger can look up such events in the event log and start anyway.`,
		}
	);
}

/** That the CRM told no secret; undefined if it did. */
function secretCause({ trigger: { subscription } }: Monitor): Cause | undefined {
	if (subscription === undefined || subscription.secret !== undefined) return undefined;
	return {
		message: 'WhiteLabelCRO did not return a signing secret that this package can read',
		description:
			'So the trigger looks up every event in the event log before it starts, which needs the scope events:read. Please report this to the maintainers of this package.',
	};
}

/** What a person is told where no delivery brought an event, and n8n cannot find out why. */
function neverCame({ context }: Monitor): Cause {
	return {
		message: `Some WhiteLabelCRO events did not reach this trigger within ${UNSURE_MS / 60_000} minutes, so it got them from the event log`,
		description: `Nobody answers when n8n calls the trigger's own address ${loadUrl(context) ?? ''} to find out why. From outside your network, check that n8n answers there, and look at WhiteLabelCRO's delivery log.`,
	};
}

/** The same, where n8n reaches its own address, and for half an hour no delivery did. */
function keptOut({ context }: Monitor): Cause {
	return {
		message:
			"WhiteLabelCRO's deliveries do not reach this trigger, so it gets its events from the event log, a few minutes late",
		description: `n8n itself reaches the trigger's address ${loadUrl(context) ?? ''}. Look for a firewall, a country block, or bot protection in front of n8n that keeps others out, and check WhiteLabelCRO's delivery log.`,
	};
}
