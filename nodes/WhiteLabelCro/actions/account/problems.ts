import { isForeign, isMissing, isSuccess } from '../../transport/answer';
import { SCOPES } from '../../transport/contract';
import type { Scope, Subscription } from '../../transport/contract';
import { WHERE_KEYS_ARE_MADE, hasStatus, isForbidden, isRefusal } from '../../transport/errors';
import type { Answers, Asked } from './ask';
import { lackedScope } from './scopes';
import type { Scopes } from './scopes';
import { listed } from './shape';
import type { Owners } from './whose';
import type { Finding } from './wire';

/** Deliveries whose signed time is more than five minutes away are refused: a clock this far off needs to be set before. */
const CLOCK_OFF_SECONDS = 60;

const TELL_US = "paste 'report' into an issue of this package";

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
	answers: Answers;
	scopes: Scopes;
	/** By how many seconds WhiteLabelCRO's clock is ahead of this one; undefined if no answer told. */
	clockAhead?: number;
	owners: Owners;
	wire: Finding[];
}

/** What is wrong, as sentences for a person, each with its remedy; the most urgent first. */
export function problemsOf({ answers, scopes, clockAhead = 0, owners, wire }: Findings): string[] {
	const failed = failedCalls(answers, scopes);
	return [
		...madeProblems(answers),
		...failureProblems(failed, answers.all.length),
		...scopeProblems(scopes),
		...clockProblems(clockAhead),
		...offProblems(answers.subscriptions?.value ?? []),
		...ownerProblems(owners.withoutOwner ?? []),
		...formProblems(failed, wire),
	];
}

/** What WhiteLabelCRO made although a required field was missing, each with its ID if the answer tells one. */
export function madeBy({ lead, testEvent }: Answers): string[] {
	const withId = (what: string, name: string, id: unknown) =>
		typeof id === 'number' || typeof id === 'string'
			? `${what} with the ${name} ${id}`
			: `${what}, whose ID is not told`;
	return [
		...(isMade(lead) ? [withId('a lead without a name', 'client_id', lead?.value?.client_id)] : []),
		...(isMade(testEvent) ? [withId('a test event', 'ID', testEvent?.value?.id)] : []),
	];
}

function isMade(asked: Asked | undefined): boolean {
	return asked?.answer !== undefined && isSuccess(asked.answer) && !isForeign(asked.answer);
}

function madeProblems(answers: Answers): string[] {
	const unknown = [answers.lead, answers.testEvent].filter(
		(asked) => asked !== undefined && asked.unreached !== true && isUncertain(asked),
	);
	return [
		...madeBy(answers).map(
			(made) =>
				`WhiteLabelCRO did not refuse a request without its required fields, and made ${made}. Delete it in WhiteLabelCRO if you do not want it, and ${TELL_US}.`,
		),
		...unknown.map(
			(asked) =>
				`It is unknown whether WhiteLabelCRO made ${asked?.what}, since it did not answer properly. Look in WhiteLabelCRO, and delete it if it is there.`,
		),
	];
}

/** Whether a write that should be refused may have taken effect: no answer came, or that of a server in trouble. */
function isUncertain({ answer }: Asked): boolean {
	return answer === undefined || answer.statusCode >= 500;
}

/** The calls that failed, but for refusals that were expected or that tell of a scope. */
function failedCalls({ all }: Answers, scopes: Scopes): Asked[] {
	return all.filter((asked) => {
		const { error, expects = [] } = asked;
		if (error === undefined || hasStatus(error, ...expects)) return false;
		return !(isForbidden(error) && scopes[lackedScope(asked)] === 'no');
	});
}

/** One sentence for all calls that failed in the same way. */
function failureProblems(failed: Asked[], count: number): string[] {
	const groups = new Map<string, Asked[]>();
	for (const asked of failed) {
		const kind = kindOf(asked);
		groups.set(kind, [...(groups.get(kind) ?? []), asked]);
	}
	return [...groups].map(([kind, group]) => {
		const [{ error } = {}] = group;
		const what = listed([...new Set(group.map((asked) => asked.what))]);
		switch (kind) {
			case 'rate limit':
				return "The API key's rate limit is used up for the moment, so not everything could be checked. Run this check again in a minute; if that happens often, use a key of its own for each busy integration.";
			case 'missing':
				return `WhiteLabelCRO does not know the address for ${what}. Check the 'Base URL' of the credential; if it is right, ${TELL_US}.`;
			case 'refused':
				return `WhiteLabelCRO refused to answer for ${what} (HTTP ${error?.httpCode}). Check the 'Base URL' of the credential; if it is right, ${TELL_US}.`;
			default: {
				const which = group.length === count || count === 1 ? '' : ` (when asked for ${what})`;
				return `${kind}${which}. ${error?.description ?? ''}`.trim();
			}
		}
	});
}

/** What calls that failed in the same way have in common: one of three words, or the error's message. */
function kindOf({ answer, error }: Asked): string {
	if (hasStatus(error, 429)) return 'rate limit';
	if (answer !== undefined && isMissing(answer)) return 'missing';
	const message = error?.message ?? '';
	return isRefusal(error) || isForbidden(error) ? 'refused' : message;
}

function scopeProblems(scopes: Scopes): string[] {
	const missing = SCOPES.filter((scope) => scopes[scope] === 'no');
	if (missing.length === 0) return [];
	const uses = listed(missing.map((scope) => `'${scope}' (${USES[scope]})`));
	return [
		`The API key lacks the ${missing.length === 1 ? 'scope' : 'scopes'} ${uses}. If you need ${missing.length === 1 ? 'it' : 'them'}, make a new key, since scopes cannot be added to an existing one. ${WHERE_KEYS_ARE_MADE}, tick every scope you need, and paste the key into this node's credential.`,
	];
}

function clockProblems(clockAhead: number): string[] {
	if (Math.abs(clockAhead) < CLOCK_OFF_SECONDS) return [];
	const how = `${Math.abs(clockAhead)} seconds ${clockAhead > 0 ? 'behind' : 'ahead of'}`;
	return [
		`The clock of the computer that n8n runs on is ${how} that of WhiteLabelCRO. Have it set by a time server (NTP): the trigger refuses deliveries that seem to be more than five minutes old.`,
	];
}

function offProblems(held: Subscription[]): string[] {
	const off = held.filter(({ enabled }) => enabled === false);
	if (off.length === 0) return [];
	const ids = listed(off.map(({ id }) => id));
	return [
		off.length === 1
			? `The webhook subscription ${ids} is switched off, so no event comes by it. A published WhiteLabelCRO Trigger switches its own on again within five minutes; switch on any other with Webhook Subscription: Enable, or delete it if nobody needs it.`
			: `The webhook subscriptions ${ids} are switched off, so no event comes by them. A published WhiteLabelCRO Trigger switches its own on again within five minutes; switch on the others with Webhook Subscription: Enable, or delete those that nobody needs.`,
	];
}

function ownerProblems(withoutOwner: Subscription[]): string[] {
	return withoutOwner.map(
		({ id }) =>
			`The webhook subscription ${id} delivers to this n8n, where no published workflow seems to wait for it. If its workflow is gone, delete it with Webhook Subscription: Delete.`,
	);
}

/** Answers that succeeded and are not understood. What failed altogether is told of already. */
function formProblems(failed: Asked[], wire: Finding[]): string[] {
	const unread = wire.filter(({ isRead }) => isRead === false).map(({ detail }) => `"${detail}"`);
	if (unread.length === 0 || failed.length > 0) return [];
	return [
		`WhiteLabelCRO answers in a form that this package does not know (${listed(unread)}). Not everything may work: please ${TELL_US}.`,
	];
}
