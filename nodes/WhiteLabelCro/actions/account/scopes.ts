import { isForeign } from '../../transport/answer';
import { SCOPES, readMissingScope } from '../../transport/contract';
import type { Scope } from '../../transport/contract';
import { hasStatus, isForbidden } from '../../transport/errors';
import type { Answers, Asked } from './ask';

export type Scopes = Record<Scope, 'yes' | 'no' | 'not checked'>;

/** What the answers tell of the key's scopes. One that is there for some calls is there. */
export function scopesOf({ all }: Answers): Scopes {
	const scopes = Object.fromEntries(SCOPES.map((scope) => [scope, 'not checked'])) as Scopes;
	for (const asked of all.filter(({ error }) => isForbidden(error))) scopes[lackedScope(asked)] = 'no';
	for (const asked of all.filter(isAllowed)) scopes[asked.scope] = 'yes';
	return scopes;
}

/** The scope for want of which a call was refused: the one that the answer names, else the one that the call needs. */
export function lackedScope({ answer, scope }: Asked): Scope {
	const named = readMissingScope(answer?.body);
	return SCOPES.find((known) => known === named) ?? scope;
}

/** Whether the key may make a call: it was answered, or refused only for what was in it. */
function isAllowed({ answer, error }: Asked): boolean {
	if (answer === undefined || isForeign(answer)) return false;
	return answer.statusCode < 300 || hasStatus(error, 400, 422);
}
