// The triggers, each alone in a published workflow, with the deliveries that it is sent.
import { createHmac, randomUUID } from 'node:crypto';
import type { INode } from 'n8n-workflow';
import { signatureForms, signDelivery } from '../../sandbox/deliveries/signature.mts';
import type { Workflow } from '../../scripts/real-n8n/rest.mts';
import { PACKAGE } from '../n8n.mts';
import { EMPTY_PACKAGE, type Stage } from './stage.mts';

export const SUBJECTS = [
	'this package, signed',
	// n8n asks its database, for every execution, whether the workflow may use the credentials that its nodes have.
	'an empty trigger with a credential',
	'an empty trigger without one',
	"n8n's Webhook node",
	'GithubTrigger, signed',
] as const;

export interface Subject {
	name: string;
	workflow: Workflow;
	url: string;
	/** The headers of a delivery with this body. */
	sign: (body: string) => Record<string, string>;
}

export async function publishSubjects({ server, rest, sandbox, github }: Stage): Promise<Subject[]> {
	const [ours, empty, bare, webhook, githubTrigger] = SUBJECTS;
	const crm = await rest.createCredential('CRM', 'whiteLabelCroApi', {
		apiKey: sandbox.apiKey,
		baseUrl: sandbox.url,
	});
	const hub = await rest.createCredential('GitHub', 'githubApi', {
		server: github.server,
		user: 'nobody',
		accessToken: 'none',
	});
	const credential = ({ id, name, type }: typeof crm) => ({ [type]: { id, name } });
	const publish = async (name: string, trigger: Partial<INode> & Pick<INode, 'type'>) => {
		const webhookId = randomUUID();
		const node: INode = {
			id: 'trigger',
			name: 'Trigger',
			typeVersion: 1,
			position: [0, 0],
			parameters: {},
			...trigger,
			webhookId,
		};
		const settings = { executionOrder: 'v1' };
		const workflow = await rest.createWorkflow({ name, nodes: [node], connections: {}, settings });
		await rest.publish(workflow);
		return { name, workflow, url: `${server.url}/webhook/${webhookId}/webhook`, sign: () => ({}) };
	};

	const byName = (value: string) => ({ __rl: true, mode: 'name', value });
	const path = randomUUID();
	const subjects: Subject[] = [
		await publish(ours, {
			type: `${PACKAGE}.whiteLabelCroTrigger`,
			parameters: { triggerOn: ['lead.created'], output: 'full' },
			credentials: credential(crm),
		}),
		await publish(empty, { type: `${EMPTY_PACKAGE}.emptyTrigger`, credentials: credential(crm) }),
		await publish(bare, { type: `${EMPTY_PACKAGE}.emptyTrigger` }),
		{
			...(await publish(webhook, {
				type: 'n8n-nodes-base.webhook',
				typeVersion: 2,
				parameters: { path, httpMethod: 'POST' },
			})),
			url: `${server.url}/webhook/${path}`,
		},
		await publish(githubTrigger, {
			type: 'n8n-nodes-base.githubTrigger',
			parameters: { owner: byName('owner'), repository: byName('repository'), events: ['*'], options: {} },
			credentials: credential(hub),
		}),
	];
	const secret = [...sandbox.store.subscriptions.values()][0]?.secret ?? '';
	const hook = github.hook;
	if (hook === undefined) throw new Error('GithubTrigger made no hook.');
	const signs: Record<string, Subject['sign']> = {
		[ours]: (body) => {
			const timestamp = Math.floor(Date.now() / 1000);
			return signDelivery(signatureForms[0], secret, body, { timestamp, id: '1' });
		},
		[githubTrigger]: (body) => ({
			'x-github-event': 'push',
			'x-hub-signature-256': `sha256=${createHmac('sha256', hook.secret).update(body).digest('hex')}`,
		}),
	};
	return subjects.map((subject) => ({
		...subject,
		...(subject.name === githubTrigger && { url: hook.url }),
		sign: signs[subject.name] ?? subject.sign,
	}));
}
