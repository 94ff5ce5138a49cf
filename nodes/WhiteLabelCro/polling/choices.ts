import { deepCopy } from 'n8n-workflow';
import type { IPollFunctions } from 'n8n-workflow';

import { accounts } from '../client/account';
import { triggerKey } from '../events/context';
import { readChoices } from '../events/choices';
import type { Choice } from '../events/choices';

/**
 * What a polling trigger was set to up to now. n8n stores it at activation and with what a poll emits, and others may put back an
 * older one: this process knows what it has seen.
 */
export function loadChoices(context: IPollFunctions): Choice[] {
	const key = triggerKey(context);
	const stored = readChoices(context.getWorkflowStaticData('node').choices);
	const known = readChoices(accounts.pollChoices.get(key));
	const choices = newestOf(stored) > newestOf(known) ? stored : known;
	accounts.pollChoices.set(key, choices);
	return choices;
}

/** Keeps the choices that a poll has seen. @param isChanged whether they are others than those loaded */
export function saveChoices(context: IPollFunctions, choices: Choice[], isChanged: boolean): void {
	// A poll that began before a change does not take it back.
	if (isChanged) accounts.pollChoices.set(triggerKey(context), choices);
	context.getWorkflowStaticData('node').choices = deepCopy(choices);
}

function newestOf(choices: Choice[]): number {
	return Math.max(...choices.map(({ since }) => since));
}
