import { WHERE_KEYS_ARE_MADE, hasStatus, isForbidden, isRefusal } from '../../client/errors';
import { isNotFound, isNotFromApi, isSuccess, isWebPage } from '../../client/response';
import { readVendorMessage } from '../../client/vendorMessage';
import { readMissingScope } from '../../contract/errors';
import { readRequestId } from '../../contract/headers';
import { SCOPES } from '../../contract/keys';
import type { Scope } from '../../contract/keys';
import type { Subscription } from '../../contract/subscriptions';
import { redactId } from '../../helpers/redact';
import { CHECK_INTERVAL_MINUTES } from '../../webhook/monitor/interval';
import type { Owners } from './owners';
import { isExpected, isRefused } from './probes';
import type { AccountProbe, ProbeResults } from './probes';
import { lackedScope } from './scopes';
import type { Scopes } from './scopes';

/** Deliveries whose signed time is more than five minutes away are refused: a clock this far off must be set first. */
const CLOCK_OFF_SECONDS = 60;

const TELL_US = "run it again with 'Include Report' on, and paste 'report' into a new issue for this package";

/** How many subscriptions a sentence names. */
const IDS_SHOWN = 10;

const CHECK_BASE_URL = "Check the credential's 'Base URL'. If it's right";

/** Those that an office needs. */
const NEEDED_SCOPES = SCOPES.filter((scope) => scope !== 'admin');

/** What each scope is for. */
const USES: Record<Scope, string> = {
	'integrations:read': 'to find records and to choose from lists',
	'integrations:write': 'to create and update records',
	'events:read': 'for the polling trigger, for catching up on missed events, and for Event: Get Many',
	'webhooks:write': 'for the trigger and for webhook subscriptions',
	admin: 'for Event: Send Test Event',
};

/** What a check found out. */
export interface Findings {
	answers: ProbeResults;
	scopes: Scopes;
	/** How many seconds WhiteLabelCRO's clock is ahead of this one; undefined if no answer told. */
	clockAhead?: number;
	owners: Owners;
	/** What is wrong with deliveries, as sentences. */
	deliveries: string[];
}

/**
 * What is wrong, as sentences for a person, each with its remedy; the most urgent first.
 * @param apiKey the key in use, to keep it out of what the server says
 */
export function problemsOf(
	{ answers, scopes, clockAhead = 0, owners, deliveries }: Findings,
	apiKey: string,
): string[] {
	const failed = failedCalls(answers, scopes);
	return [
		madeProblem(answers),
		...unconfirmedProblems(answers),
		...failureProblems(failed, answers.all.length, apiKey),
		slowProblem(failed, answers),
		scopeProblem(scopes, answers, apiKey),
		clockProblem(clockAhead),
		...deliveries,
		offProblem(answers.subscriptions?.value ?? []),
		ownerProblem(owners.unused ?? []),
		formProblem(failed, answers),
	].filter((problem) => problem !== undefined);
}

/** The check in a sentence or two that a person can act on. */
export function summaryOf(problems: string[], scopes: Scopes): string {
	const [first] = problems;
	if (first !== undefined) {
		return problems.length === 1 ? first : `${problems.length} problems. The most urgent: ${first}`;
	}
	const works = 'Everything works: finding and changing records, the event log, and webhook subscriptions.';
	const scopesThatAre = (answer: Scopes[Scope]) =>
		listed(SCOPES.filter((scope) => scopes[scope] === answer).map((scope) => `the scope ${withUse(scope)}`));
	const [lacking, unchecked] = [scopesThatAre('no'), scopesThatAre('not checked')];
	return inOne(works, lacking && `The API key lacks ${lacking}.`, unchecked && `Not checked: ${unchecked}.`);
}

function withUse(scope: Scope): string {
	return `'${scope}' (${USES[scope]})`;
}

function isMade(probe: AccountProbe | undefined): boolean {
	if (probe?.method !== 'POST' || probe.answer === undefined) return false;
	return isSuccess(probe.answer) && !isNotFromApi(probe.answer);
}

/** What WhiteLabelCRO made although a required field was missing, with its ID if the answer tells one. */
function madeProblem({ testEvent }: ProbeResults): string | undefined {
	if (!isMade(testEvent)) return undefined;
	const { id } = testEvent?.value ?? {};
	const shown = typeof id === 'number' || typeof id === 'string' ? redactId(String(id), '') : undefined;
	const which = shown === undefined ? '(WhiteLabelCRO did not say its ID)' : `with the ID ${shown}`;
	return `WhiteLabelCRO accepted a request without its required fields and created a test event ${which}. Delete it in WhiteLabelCRO if you don't want it, and ${TELL_US}.`;
}

function unconfirmedProblems({ all }: ProbeResults): string[] {
	return all
		.filter(isUnconfirmed)
		.map(
			({ what, error }) =>
				`WhiteLabelCRO may have created ${what}. Look for it in WhiteLabelCRO, and delete it if it's there. Reason: ${error?.message}.`,
		);
}

/** Whether a write that should be refused may have taken effect: it may have arrived, and nothing says that it was refused. */
function isUnconfirmed(probe: AccountProbe): boolean {
	const { method, answer, wasNotSent } = probe;
	if (method !== 'POST' || wasNotSent === true || isMade(probe) || isExpected(probe)) return false;
	return (
		answer === undefined || answer.statusCode < 400 || answer.statusCode === 408 || answer.statusCode >= 500
	);
}

/** The calls that failed, but for refusals that were expected or that tell of a scope, and writes already reported. */
function failedCalls({ all }: ProbeResults, scopes: Scopes): AccountProbe[] {
	return all.filter((probe) => {
		if (probe.error === undefined || isExpected(probe) || isMade(probe) || isUnconfirmed(probe)) return false;
		const scope = lackedScope(probe);
		return scope === undefined || scopes[scope] !== 'no';
	});
}

/** One sentence for all calls that failed in the same way. */
function failureProblems(failed: AccountProbe[], count: number, apiKey: string): string[] {
	const groups = new Map<string, AccountProbe[]>();
	for (const probe of failed) {
		const kind = kindOf(probe);
		groups.set(kind, [...(groups.get(kind) ?? []), probe]);
	}
	return [...groups].map(([kind, group]) => {
		const [{ error, answer } = {}] = group;
		const what = listed([...new Set(group.map((probe) => probe.what))]);
		const said = answer === undefined ? '' : readVendorMessage(answer, apiKey).words;
		switch (kind) {
			case 'rate limit':
				return "The API key's rate limit is used up for now, so not everything could be checked. Run this check again in a minute. If this happens often, give each busy integration its own key.";
			case 'missing':
				return `WhiteLabelCRO has nothing at the address for ${what}. ${CHECK_BASE_URL}, ${TELL_US}.`;
			case 'forbidden':
				return inOne(
					`Access was refused when asking for ${what} (HTTP 403).`,
					said,
					"The API key may lack a scope, or a firewall may be blocking the computer that runs n8n: ask WhiteLabelCRO's support.",
				);
			case 'refused':
				return inOne(
					`WhiteLabelCRO refused the request for ${what} (HTTP ${error?.httpCode}).`,
					said,
					`${CHECK_BASE_URL}, ${TELL_US}.`,
				);
			case 'foreign':
				return group.length === count
					? inOne(`${error?.message}.`, error?.description ?? '')
					: `Another server, such as a proxy, answered in place of WhiteLabelCRO when asked for ${what} (HTTP ${error?.httpCode}). ${CHECK_BASE_URL}, try again later.`;
			case 'web page':
				return `WhiteLabelCRO answered with a web page instead of data when asked for ${what}. ${CHECK_BASE_URL}, try again later.`;
			case 'unread':
				return `This package can't read WhiteLabelCRO's answer when it asks for ${what}. ${CHECK_BASE_URL}, ${TELL_US}.`;
			default: {
				const which = group.length === count ? '' : ` when asked for ${what}`;
				return inOne(`${kind}${which}.`, error?.description ?? '');
			}
		}
	});
}

/** Whether time ran out. Calls without any answer are already reported. */
function slowProblem(failed: AccountProbe[], { isCutShort }: ProbeResults): string | undefined {
	if (isCutShort !== true || failed.length > 0) return undefined;
	return 'WhiteLabelCRO answers slowly, so not everything could be checked. Run this check again later.';
}

function inOne(...sentences: string[]): string {
	return sentences.filter(Boolean).join(' ');
}

/** What calls that failed in the same way have in common: one of a few words, or the error's message. */
function kindOf(probe: AccountProbe): string {
	const { answer, error } = probe;
	const message = error?.message ?? '';
	if (hasStatus(error, 429)) return 'rate limit';
	if (answer !== undefined && isNotFound(answer)) return 'missing';
	if (isForbidden(error)) return 'forbidden';
	if (isRefusal(error) || isRefused(probe)) return 'refused';
	if (answer !== undefined && answer.statusCode < 300) return isWebPage(answer) ? 'web page' : 'unread';
	return answer !== undefined && isNotFromApi(answer) ? 'foreign' : message;
}

function scopeProblem(scopes: Scopes, { all }: ProbeResults, apiKey: string): string | undefined {
	const missing = NEEDED_SCOPES.filter((scope) => scopes[scope] === 'no');
	if (missing.length === 0) return undefined;
	const uses = listed(missing.map(withUse));
	// A refusal that names no scope may have another reason, and say so.
	const unnamed = all.find((probe) => {
		const scope = lackedScope(probe);
		if (scope === undefined || scopes[scope] !== 'no') return false;
		return readMissingScope(probe.answer?.body, probe.scope) === undefined;
	})?.answer;
	const [which, it] = missing.length === 1 ? ['scope', 'it'] : ['scopes', 'them'];
	return inOne(
		`The API key ${unnamed === undefined ? 'lacks' : 'seems to lack'} the ${which} ${uses}.`,
		unnamed === undefined ? '' : readVendorMessage(unnamed, apiKey).words,
		`If you need ${it}, create a new key: you can't add scopes to an existing one. ${WHERE_KEYS_ARE_MADE}, check every scope you need, and paste the new key into this node's credential.`,
	);
}

function clockProblem(clockAhead: number): string | undefined {
	if (Math.abs(clockAhead) < CLOCK_OFF_SECONDS) return undefined;
	const how = `${Math.abs(clockAhead)} seconds ${clockAhead > 0 ? 'behind' : 'ahead of'}`;
	return `The clock of the computer that runs n8n is ${how} WhiteLabelCRO's. Sync it with a time server (NTP): the trigger refuses deliveries that look more than five minutes old.`;
}

function offProblem(held: Subscription[]): string | undefined {
	const off = held.filter(({ enabled }) => enabled === false);
	if (off.length === 0) return undefined;
	const [are, get, it, its] =
		off.length === 1 ? ['is', 'gets', 'it', "it's"] : ['are', 'get', 'them', "they're"];
	return `${subscriptionsNamed(off)} ${are} turned off and ${get} no events. A published WhiteLabelCRO Trigger turns its own back on within ${CHECK_INTERVAL_MINUTES} minutes. For any other, use Webhook Subscription: Enable, or delete ${it} if ${its} not needed.`;
}

function ownerProblem(unused: Subscription[]): string | undefined {
	if (unused.length === 0) return undefined;
	const isOne = unused.length === 1;
	return `${subscriptionsNamed(unused)} ${isOne ? 'delivers' : 'deliver'} to this n8n, but no published workflow seems to use ${isOne ? 'it' : 'them'}. If ${isOne ? 'its workflow is' : 'their workflows are'} gone, use Webhook Subscription: Delete.`;
}

function subscriptionsNamed(subscriptions: Subscription[]): string {
	const shown = subscriptions.slice(0, IDS_SHOWN).map(({ id }) => id);
	const left = subscriptions.length - shown.length;
	return `The webhook subscription${subscriptions.length === 1 ? '' : 's'} ${listed(left > 0 ? [...shown, `${left} more`] : shown)}`;
}

/** Answers that succeeded and are not understood. What failed outright is reported already. */
function formProblem(failed: AccountProbe[], { all }: ProbeResults): string | undefined {
	// A gateway that gave up on the API answers for itself.
	const headers = all.flatMap(({ answer }) =>
		answer === undefined || answer.statusCode >= 500 || isNotFromApi(answer) ? [] : [answer.headers],
	);
	const isUnknown = (length: unknown) => typeof length !== 'string' || !WINDOW_FORM.test(length);
	const windows = headers.map((one) => one['x-ratelimit-window']).filter((one) => one !== undefined);
	const unread = [...new Set(all.filter(({ isUnread }) => isUnread).map(({ what }) => what))];
	if (headers.some((one) => readRequestId(one) === undefined)) unread.push('the request ID');
	if (windows.some(isUnknown)) unread.push("the rate limit's window");
	if (unread.length === 0 || failed.length > 0) return undefined;
	return `WhiteLabelCRO answers in a form that this package doesn't know (${listed(unread)}). Some things may not work. Please ${TELL_US}.`;
}

/** How the length of a rate limit's window is documented. */
export const WINDOW_FORM = /^\d{1,6}[smh]$/;

/** Some words as a list in a sentence. */
export function listed(parts: string[]): string {
	const last = parts.at(-1) ?? '';
	return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
}
