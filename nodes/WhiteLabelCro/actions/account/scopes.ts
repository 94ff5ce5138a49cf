import { isForbidden } from '../../client/errors';
import { isNotFromApi, isSuccess } from '../../client/response';
import { readMissingScope } from '../../contract/errors';
import { readRequestId } from '../../contract/headers';
import { SCOPES } from '../../contract/keys';
import type { Scope } from '../../contract/keys';
import { isExpected, isRefused } from './probes';
import type { AccountProbe, ProbeResults } from './probes';

export type Scopes = Record<Scope, 'yes' | 'no' | 'not checked'>;

/** What the answers tell of the key's scopes. One that works for some calls is there. */
export function scopesOf({ all }: ProbeResults): Scopes {
	const scopes = Object.fromEntries(SCOPES.map((scope) => [scope, 'not checked'])) as Scopes;
	for (const scope of all.map(lackedScope)) if (scope !== undefined) scopes[scope] = 'no';
	for (const probe of all.filter(isAllowed)) scopes[probe.scope] = 'yes';
	return scopes;
}

/**
 * The missing scope that a call was refused for: the one that the answer names, else the one that the call needs. Undefined if
 * it was not, as far as can be told: a firewall refuses, too, but only the API's answers carry a request id (D).
 */
export function lackedScope({ answer, error, scope }: AccountProbe): Scope | undefined {
	if (answer === undefined || !isForbidden(error)) return undefined;
	const isByApi = readRequestId(answer.headers) !== undefined;
	return readMissingScope(answer.body, scope) ?? (isByApi ? scope : undefined);
}

/** Whether the key may make a call: it was answered, or refused only for what was in it. */
function isAllowed(probe: AccountProbe): boolean {
	const { answer } = probe;
	if (answer === undefined || isNotFromApi(answer)) return false;
	// Of a change, also that what was to be changed is not there.
	return isSuccess(answer) || isRefused(probe) || (probe.method === 'PATCH' && isExpected(probe));
}
