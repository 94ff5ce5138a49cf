import type { IExecuteFunctions } from 'n8n-workflow';

import type { Subscription } from '../../contract/subscriptions';
import { publishedUrls } from '../../webhook/monitor/schedule';
import { sameUrl } from '../../webhook/subscription/plan';

/** Whose the subscriptions are, as far as one can tell from here. */
export interface Owners {
	ofThisN8n: Subscription[];
	ofThisWorkflow: Subscription[];
	/** Those of a trigger here that is not published any more. Undefined where only another process would know. */
	unused?: Subscription[];
}

/**
 * Tells subscriptions by their addresses: those that this n8n can be reached at, those of the published triggers of this
 * process, and those that have the form of a trigger's address and are none of these.
 */
export function ownersOf(context: IExecuteFunctions, held: Subscription[]): Owners {
	const base = webhookBase(context);
	const published = publishedUrls();
	const { id: workflowId } = context.getWorkflow();
	const ofWorkflow = published.filter((trigger) => trigger.workflowId === workflowId);
	const isAt = ({ url }: Subscription, urls: Array<{ url: string }>) =>
		urls.some((other) => sameUrl(url, other.url));
	const ofThisN8n = held.filter(
		({ url }) => base !== undefined && URL.canParse(url) && new URL(url).href.startsWith(base),
	);
	return {
		ofThisN8n,
		ofThisWorkflow: held.filter((subscription) => isAt(subscription, ofWorkflow)),
		// A worker of n8n's queue mode has no triggers: it cannot tell whether one is published.
		unused:
			published.length === 0
				? undefined
				: ofThisN8n.filter((subscription) => isTriggers(subscription) && !isAt(subscription, published)),
	};
}

/** Where n8n is reached from outside; that address is in the one by which it would resume an execution. */
function webhookBase(context: IExecuteFunctions): string | undefined {
	const { $execution } = context.getWorkflowDataProxy(0) as unknown as {
		$execution?: { resumeUrl?: unknown };
	};
	const resumeUrl = $execution?.resumeUrl;
	if (typeof resumeUrl !== 'string' || !URL.canParse(resumeUrl)) return undefined;
	const { origin, pathname } = new URL(resumeUrl);
	return origin + pathname.replace(/[^/]+\/[^/]+$/, '');
}

/** Whether an address is one that a published trigger of this package gets: another node may be reached at another. */
function isTriggers({ url }: Subscription): boolean {
	return URL.canParse(url) && /\/webhook\/[\w-]+\/webhook\/?$/.test(new URL(url).pathname);
}
