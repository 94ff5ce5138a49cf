/** What a subscription is called, for the people who see it in the CRM or in a list. */
import type { IHookFunctions, ITriggerFunctions } from 'n8n-workflow';

import type { Subscription } from '../../transport/contract';
import { withoutSeenWell } from '../catchUp/checkpoint';

/** How much of a name is shown: some are as long as a page. */
const NAME_SHOWN = 60;
/** How many event types a list's entry names. */
const TYPES_SHOWN = 3;

/** The description of a trigger's subscription. */
export function describe(context: IHookFunctions | ITriggerFunctions): string {
	const { id = 'unsaved', name = 'unnamed' } = context.getWorkflow();
	const purpose = context.getMode() === 'manual' ? 'test' : 'production';
	return `n8n workflow "${beginning(name)}" (${id}), ${purpose}`;
}

/** A subscription as an entry of a list, e.g. "Welcome new leads · on · lead.created". */
export function subscriptionLabel({ id, url, eventTypes, enabled, description }: Subscription): string {
	const text = withoutSeenWell(description);
	const [, workflow, purpose] = /^n8n workflow "(.*)" \([^"]*\), (test|production)$/s.exec(text) ?? [];
	const name = beginning(workflow ?? (text || hostOf(url) || `#${id}`));
	const state = enabled === undefined ? 'state unknown' : enabled ? 'on' : 'off';
	const more = eventTypes.length - TYPES_SHOWN;
	const types = more > 1 ? [...eventTypes.slice(0, TYPES_SHOWN), `${more} more`] : eventTypes;
	return [purpose === 'test' ? `${name} (test)` : name, state, types.join(', ')].filter(Boolean).join(' · ');
}

/** By code points: a server may refuse the half of one. */
function beginning(name: string): string {
	return Array.from(name).slice(0, NAME_SHOWN).join('');
}

function hostOf(url: string): string {
	return URL.canParse(url) ? new URL(url).host : '';
}
