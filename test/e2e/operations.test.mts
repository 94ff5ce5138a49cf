// One workflow that uses every operation of the node once, and n8n's preview of what each of them gives.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { IDataObject, INode } from 'n8n-workflow';
import { resources } from '../../nodes/WhiteLabelCro/actions/resources.ts';
import type { Execution } from '../../scripts/real-n8n/rest.mts';
import { byId, byName } from '../fixtures.mts';
import { runOnce, startedByRequest } from './runOnce.mts';
import { PACKAGE } from './owner.mts';
import { SET_UP_TIMEOUT_MS, type SharedStage, itemsOf, node, joinStage } from './stage.mts';

const outputOf = (name: string, field: string) => `={{ $('${name}').first().json.${field} }}`;

const WEBHOOK_URL = 'https://hooks.example.com/elsewhere';
const lead = { firstName: 'Lea', lastName: 'Everything', email: 'lea@everything.example' };
const client = { firstName: 'Clara', lastName: 'Everything', email: 'clara@everything.example' };
const affiliate = { firstName: 'Alf', lastName: 'Everything', email: 'alf@everything.example' };

/** Every operation in the order in which the workflow uses it: its parameters, and what must have come of it. */
const steps: Array<{
	name: string;
	parameters: INode['parameters'];
	/** What its first output item must hold. */
	gives: IDataObject;
	/** What must hold of the CRM at the workflow's end. */
	effect?: (item: IDataObject) => void;
}> = [
	{
		name: 'account/check',
		parameters: {},
		// A subscription is off until webhookSubscription/enable.
		gives: { ok: false, scopes: { 'integrations:read': 'yes', 'integrations:write': 'yes' } },
	},
	{
		name: 'lead/create',
		parameters: { ...lead, additionalFields: { externalId: 'all-lead', phone: '+14155550111' } },
		gives: { status: 'Lead - New' },
		effect: ({ client_id }) => {
			expect(record(client_id)).toMatchObject({ email: lead.email, external_id: 'all-lead' });
		},
	},
	{
		name: 'lead/createOrUpdate',
		parameters: {
			...lead,
			matchBy: ['external_id'],
			externalId: 'all-lead',
			additionalFields: { city: 'Bern' },
		},
		gives: { action: 'updated', full_name: 'Lea Everything', status: 'Lead - New' },
		effect: ({ client_id }) => {
			expect(record(client_id)).toMatchObject({ city: 'Bern', phone: '+14155550111' });
			expect(recordsOf(lead.email)).toHaveLength(1);
		},
	},
	{
		name: 'lead/find',
		parameters: { criteria: { externalId: 'all-lead' } },
		gives: { full_name: 'Lea Everything' },
	},
	{
		name: 'lead/get',
		parameters: { clientId: byId(outputOf('lead/find', 'client_id')) },
		gives: { full_name: 'Lea Everything', email: lead.email },
	},
	{
		name: 'lead/update',
		parameters: { clientId: byId(outputOf('lead/find', 'client_id')), updateFields: { zip: '3011' } },
		gives: { success: true },
		effect: ({ client_id }) => {
			expect(record(client_id)).toMatchObject({ email: lead.email, zip: '3011' });
		},
	},
	{
		name: 'lead/updateStatus',
		parameters: {
			clientId: byId(outputOf('lead/find', 'client_id')),
			status: byName('Lead - Contacted'),
		},
		gives: { previous_status: 'Lead - New', new_status: 'Lead - Contacted' },
		effect: () => {
			expect(recordsOf(lead.email)).toMatchObject([{ status: { status_name: 'Lead - Contacted' } }]);
		},
	},
	{
		name: 'client/createOrUpdate',
		parameters: { ...client, matchBy: ['email'], additionalFields: { employeeId: byId('7') } },
		gives: { action: 'created' },
		effect: ({ client_id }) => {
			expect(record(client_id)).toMatchObject({ email: client.email, employee_id: 7 });
			expect(recordsOf(client.email)).toHaveLength(1);
		},
	},
	{
		name: 'client/create',
		parameters: { ...client, email: 'second@everything.example' },
		gives: { status: 'Client - Active' },
		effect: ({ client_id }) => {
			expect(record(client_id)).toMatchObject({ email: 'second@everything.example' });
		},
	},
	{
		name: 'client/find',
		parameters: { criteria: { email: client.email.toUpperCase() } },
		gives: { full_name: 'Clara Everything', employee_name: 'John Advisor' },
	},
	{
		name: 'client/get',
		parameters: { clientId: byId(outputOf('client/find', 'client_id')) },
		gives: { full_name: 'Clara Everything', email: client.email },
	},
	{
		name: 'client/getMany',
		parameters: { search: 'clara every' },
		gives: { full_name: 'Clara Everything' },
	},
	{
		name: 'client/update',
		parameters: {
			clientId: byId(outputOf('client/getMany', 'client_id')),
			updateFields: {
				city: 'São Paulo',
				extraFields: { field: [{ name: 'nickname', value: '小美' }] },
				extraFieldsJson: '{"score": 7}',
			},
		},
		gives: { success: true },
		effect: ({ client_id }) => {
			expect(record(client_id)).toMatchObject({ city: 'São Paulo', extra: { nickname: '小美', score: 7 } });
		},
	},
	{
		name: 'client/updateStatus',
		parameters: { clientId: byId(outputOf('client/find', 'client_id')), status: byId('44') },
		gives: { new_status: 'Client - Graduated' },
		effect: () => {
			expect(recordsOf(client.email)).toMatchObject([{ status: { status_id: 44 } }]);
		},
	},
	{
		name: 'note/create',
		parameters: { clientId: byId(outputOf('client/find', 'client_id')), text: 'Graduated 🎉' },
		gives: {},
		effect: ({ client_note_id }) => {
			const [{ client_id } = { client_id: 0 }] = recordsOf(client.email);
			expect(stage.sandbox.store.notes).toMatchObject([{ client_note_id, client_id, text: 'Graduated 🎉' }]);
		},
	},
	{
		name: 'affiliate/create',
		parameters: { ...affiliate, additionalFields: { affiliateCode: 'ALF' } },
		gives: {},
		effect: ({ affiliate_id }) => {
			expect(stage.sandbox.store.affiliates.get(Number(affiliate_id))).toMatchObject({
				email: affiliate.email,
				affiliate_code: 'ALF',
			});
		},
	},
	{
		name: 'affiliate/find',
		parameters: { criteria: { name: 'alf EVERYTHING' } },
		gives: { full_name: 'Alf Everything' },
	},
	{
		name: 'affiliate/update',
		parameters: {
			affiliateId: byId(outputOf('affiliate/find', 'affiliate_id')),
			updateFields: { phone: '+14155550222' },
		},
		gives: { success: true },
		effect: ({ affiliate_id }) => {
			const updated = stage.sandbox.store.affiliates.get(Number(affiliate_id));
			expect(updated).toMatchObject({ phone: '+14155550222', affiliate_code: 'ALF' });
		},
	},
	{ name: 'affiliate/getMany', parameters: { limit: 1 }, gives: { full_name: 'Paula Partner' } },
	{
		name: 'event/sendTest',
		parameters: { eventType: 'payment.failed', payload: '{"client_id": 4711}' },
		gives: { type: 'payment.failed' },
		effect: () => {
			const failures = stage.sandbox.store.events.filter(({ type }) => type === 'payment.failed');
			expect(failures).toMatchObject([{ payload: { client_id: 4711 } }]);
		},
	},
	{
		name: 'event/getMany',
		parameters: { eventTypes: ['payment.failed'], returnAll: true },
		gives: { payload: { client_id: 4711 } },
	},
	{ name: 'employee/getMany', parameters: {}, gives: { employee_id: 7, full_name: 'John Advisor' } },
	{ name: 'clientStatus/getMany', parameters: {}, gives: { status_id: 11, status_name: 'Lead - New' } },
	{
		name: 'webhookSubscription/getMany',
		parameters: {},
		gives: { url: WEBHOOK_URL, enabled: false },
	},
	{
		name: 'webhookSubscription/enable',
		parameters: { subscriptionId: byId(outputOf('webhookSubscription/getMany', 'id')) },
		gives: { url: WEBHOOK_URL, enabled: true },
	},
	{
		name: 'webhookSubscription/delete',
		parameters: { subscriptionId: byId(outputOf('webhookSubscription/getMany', 'id')) },
		gives: { deleted: true },
		effect: () => {
			expect(stage.sandbox.store.subscriptions.size).toBe(0);
		},
	},
];

let stage: SharedStage;
let execution: Execution;

const record = (id: unknown) => stage.sandbox.store.records.get(Number(id));
const recordsOf = (email: string) =>
	stage.sandbox.store.records.all().filter((candidate) => candidate.email === email);

/** A subscription of somebody else's, which the CRM's circuit breaker has switched off. */
async function leaveDisabledSubscription(): Promise<void> {
	const { sandbox } = stage;
	const answer = await fetch(`${sandbox.url}/api/v1/webhooks/subscriptions`, {
		method: 'POST',
		headers: { 'content-type': 'application/json', 'x-api-key': sandbox.apiKey },
		body: JSON.stringify({ targetUrl: WEBHOOK_URL, eventTypes: ['invoice.created'] }),
	});
	expect(answer.ok).toBe(true);
	for (const subscription of sandbox.store.subscriptions.values()) subscription.isActive = false;
}

beforeAll(async () => {
	stage = await joinStage();
	await leaveDisabledSubscription();
	const nodes = steps.map(({ name, parameters }) => {
		const [resource, operation] = name.split('/');
		// Once, however many items the list before it gave.
		return node(
			name,
			`${PACKAGE}.whiteLabelCro`,
			{ resource, operation, ...parameters },
			{ executeOnce: true },
		);
	});
	execution = await runOnce(stage, startedByRequest('Every operation', nodes));
}, SET_UP_TIMEOUT_MS);

afterAll(async () => {
	await stage.strike();
});

const everyOperation = resources.flatMap(({ value, operations }) =>
	operations.map((operation) => `${value}/${operation.value}`),
);

describe('One workflow of every operation', () => {
	test('leaves none out', () => {
		expect(steps.map(({ name }) => name).toSorted()).toEqual(everyOperation.toSorted());
	});

	test('ends in success', () => {
		expect(execution.data.resultData.error).toBeUndefined();
		expect(execution.status).toBe('success');
	});

	test.each(steps)(
		'gets from $name what it asked for, and leaves it in the CRM',
		({ name, gives, effect }) => {
			const [item] = itemsOf(execution, name);
			expect(item?.json).toMatchObject(gives);
			effect?.(item?.json ?? {});
		},
	);
});

describe("n8n's preview", () => {
	const served = async (nodeName: string, path: string) =>
		JSON.parse(await stage.n8n.text(`/schemas/${PACKAGE}.${nodeName}/1.0.0${path}.json`)) as unknown;
	const written = (path: string) =>
		JSON.parse(readFileSync(`nodes/WhiteLabelCro/__schema__/v1.0.0${path}.json`, 'utf8')) as unknown;

	test.each(everyOperation)('is served the schema of %s', async (name) => {
		expect(await served('whiteLabelCro', `/${name}`)).toEqual(written(`/${name}`));
	});

	test.each(['whiteLabelCroTrigger', 'whiteLabelCroPollingTrigger'])(
		'is served the schema of %s, which has no operations',
		async (nodeName) => {
			expect(await served(nodeName, '')).toEqual(written(''));
		},
	);
});
