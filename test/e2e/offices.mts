// Several offices at one n8n behind a proxy, each with a CRM and a workflow of its own: what befalls one is nothing to the others.
import type { Dialect } from '../../sandbox/dialect.mts';
import type { Scope } from '../../sandbox/keys.mts';
import { type Sandbox, startSandbox } from '../../sandbox/server.mts';
import { slowness } from '../../scripts/real-n8n/patience.mts';
import type { Credential, Workflow, WorkflowDefinition } from '../../scripts/real-n8n/rest.mts';
import { withCredential } from '../../scripts/real-n8n/workflow.mts';
import { onlySubscriptionOf, subscriptionsOf } from '../fixtures.mts';
import { PACKAGE } from './owner.mts';
import { type Proxy, startProxy } from './proxy.mts';
import { Runs } from './runs.mts';
import { type Stage, chain, node, setStage } from './stage.mts';
import { TOLD_SOON } from './times.mts';

const TRIGGER = 'When a lead comes';

/** The trigger of this package under a name, for these types of events. */
export const trigger = (name: string, ...triggerOn: string[]) =>
	node(name, `${PACKAGE}.whiteLabelCroTrigger`, { triggerOn, output: 'full' });

export interface OfficeOptions {
	dialect?: Partial<Dialect>;
	/** Of the key in its credential. */
	scopes?: readonly Scope[];
	/** How far the CRM's clock is ahead of n8n's, in milliseconds. */
	clockAheadMs?: number;
	/** Its workflow, and the node in it whose items tell what became of events; else a trigger alone. */
	definition?: WorkflowDefinition;
	reporter?: string;
}

export class Office {
	/** The events that have been raised here. */
	readonly events: number[] = [];

	readonly runs: Runs;

	constructor(
		private readonly stage: Stage,
		readonly sandbox: Sandbox,
		/** As it is saved in n8n now, and published. */
		public workflow: Workflow,
		private definition: WorkflowDefinition,
		reporter: string,
	) {
		this.runs = new Runs(stage, workflow, reporter);
	}

	/** The path at which n8n takes its deliveries. */
	get path(): string {
		return new URL(onlySubscriptionOf(this.sandbox).targetUrl).pathname;
	}

	raise(count: number, type = 'lead.created'): number[] {
		const events = Array.from({ length: count }, () => this.sandbox.raise(type).id);
		this.events.push(...events);
		return events;
	}

	/** The IDs of the events that n8n has accepted a delivery of. */
	get accepted(): number[] {
		const delivered = this.sandbox.deliveries.filter(({ outcome }) => outcome === 'delivered');
		return [...new Set(delivered.map(({ eventId }) => eventId))].toSorted((one, other) => one - other);
	}

	/** The rows of the CRM's event log for all events raised here. */
	get rows() {
		return this.events.map((id) => this.sandbox.store.event(id));
	}

	/** The subscription for a type of event. @throws Error if there is none */
	subscriptionFor(type: string) {
		const found = subscriptionsOf(this.sandbox).find(({ eventTypes }) => eventTypes.includes(type));
		if (found === undefined) throw new Error(`No subscription is for ${type}`);
		return found;
	}

	/** How often the subscriptions were asked for: each check does. */
	get checks(): number {
		return this.sandbox.requests.filter(
			({ method, path }) => method === 'GET' && path === '/api/v1/webhooks/subscriptions',
		).length;
	}

	/** Has a trigger of the workflow listen to these types of events from now on, as a user does in the editor. */
	async edit(triggerName: string, ...triggerOn: string[]): Promise<void> {
		const nodes = this.definition.nodes.map((each) =>
			each.name === triggerName ? { ...each, parameters: { ...each.parameters, triggerOn } } : each,
		);
		this.definition = { ...this.definition, nodes };
		this.workflow = await this.stage.n8n.changeWorkflow(this.workflow, this.definition);
		await this.stage.n8n.publish(this.workflow);
	}
}

export class Offices {
	private readonly sandboxes: Sandbox[] = [];

	private constructor(
		readonly proxy: Proxy,
		readonly stage: Stage,
	) {}

	/** @param variables with which n8n runs */
	static async begin(variables: NodeJS.ProcessEnv): Promise<Offices> {
		const proxy = await startProxy();
		const stage = await setStage({
			variables: { N8N_WEBHOOK_URL: proxy.url, WEBHOOK_URL: proxy.url, ...variables },
			times: TOLD_SOON,
		});
		proxy.target = stage.server.url;
		return new Offices(proxy, stage);
	}

	/** Opens an office, whose workflow is published. */
	async open(
		name: string,
		{
			dialect = {},
			scopes = ['webhooks:write', 'events:read'],
			clockAheadMs = 0,
			definition = chain(name, [trigger(TRIGGER, 'lead.created')]),
			reporter = TRIGGER,
		}: OfficeOptions = {},
	): Promise<Office> {
		// A delivery waits for n8n's answers as long as this machine makes it take; a breaker would only hide what is tested here.
		const lenient = { breakerFailures: 1_000_000, ...dialect };
		const sandbox = await startSandbox({ timeScale: slowness(), dialect: lenient });
		this.sandboxes.push(sandbox);
		sandbox.setClock(clockAheadMs);
		const { n8n } = this.stage;
		const data = { apiKey: sandbox.createKey(scopes), baseUrl: sandbox.url };
		const credential: Credential = await n8n.createCredential(name, 'whiteLabelCroApi', data);
		const saved = withCredential(definition, PACKAGE, credential);
		const workflow = await this.stage.publish(await n8n.createWorkflow(saved));
		return new Office(this.stage, sandbox, workflow, saved, reporter);
	}

	async end(): Promise<void> {
		await this.stage.strike();
		await this.proxy.close();
		for (const sandbox of this.sandboxes) await sandbox.close();
	}
}
