/** What a subscription is called, for the people who see it in the CRM or in a list. */
import type { IHookFunctions, ITriggerFunctions } from 'n8n-workflow';

import type { Subscription } from '../../contract/subscriptions';
import type { Checkpoint } from '../catchUp/state';

/** How much of a name is shown: some are as long as a page. */
const NAME_SHOWN = 60;
/** How many event types a list's entry names. */
const TYPES_SHOWN = 3;
/** A longer one would leave no room for what the subscription is if the CRM cuts its description off. */
const LONGEST_CURSOR = 100;
const OURS = /^n8n workflow "(.*)" \([^"]*\), (test|production)$/s;

/** The description of a trigger's subscription. */
export function describe(context: IHookFunctions | ITriggerFunctions): string {
	const { id = 'unsaved', name = 'unnamed' } = context.getWorkflow();
	const purpose = context.getMode() === 'manual' ? 'test' : 'production';
	return `n8n workflow "${beginning(name)}" (${id}), ${purpose}`;
}

/** A subscription as an entry of a list, e.g. "Welcome new leads · on · lead.created". */
export function subscriptionLabel({ id, url, eventTypes, enabled, description }: Subscription): string {
	const text = withoutCheckpoint(description);
	const [, workflow, purpose] = OURS.exec(text) ?? [];
	const name = beginning(workflow ?? (text || hostOf(url) || `#${id}`));
	const state = enabled === undefined ? 'state unknown' : enabled ? 'on' : 'off';
	const more = eventTypes.length - TYPES_SHOWN;
	const types = more > 1 ? [...eventTypes.slice(0, TYPES_SHOWN), `${more} more`] : eventTypes;
	return [purpose === 'test' ? `${name} (test)` : name, state, types.join(', ')].filter(Boolean).join(' · ');
}

/** When a workflow's subscription for a test event was made, in milliseconds by the CRM's clock; undefined if it is none. */
export function testBegun(description = '', workflowId = ''): number | undefined {
	const isTest = description.endsWith(` (${workflowId}), test`);
	return isTest ? readCheckpoint(description)?.at : undefined;
}

/** The checkpoint that a description tells, or undefined. */
export function readCheckpoint(description = ''): Checkpoint | undefined {
	const [, time = ''] = /^last seen well (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)/.exec(description) ?? [];
	const [, word, cursor] = /^last seen well \S+, event log (read to|from) (\S+): /.exec(description) ?? [];
	const at = Date.parse(time);
	return Number.isNaN(at) ? undefined : { at, cursor, isInclusive: word === 'from' };
}

/**
 * A description that tells a checkpoint beside what it says otherwise. The checkpoint comes first, so that it is there if the
 * rest is cut off.
 * @param purpose what the subscription is, unless a person has written something else
 */
export function withCheckpoint(
	description: string | undefined,
	{ at, cursor = '', isInclusive }: Checkpoint,
	purpose: string,
): string {
	const time = new Date(at).toISOString().replace(/\.\d+/, '');
	const place =
		/^\S+$/.test(cursor) && cursor.length <= LONGEST_CURSOR
			? `, event log ${isInclusive === true ? 'from' : 'read to'} ${cursor}`
			: '';
	const text = withoutCheckpoint(description);
	// What it said of the workflow may be of before a change of name.
	return `last seen well ${time}${place}: ${text === '' || OURS.test(text) ? purpose : text}`;
}

/** What else a description says. */
function withoutCheckpoint(description = ''): string {
	return description.replace(/^last seen well [^\s,]+?Z(?:,.*?)?(?:: |$)/, '');
}

/** By code points: a server may refuse the half of one. */
function beginning(name: string): string {
	return Array.from(name).slice(0, NAME_SHOWN).join('');
}

/** The host of an address; the empty text if it is none. */
export function hostOf(url: string): string {
	return URL.canParse(url) ? new URL(url).host : '';
}
