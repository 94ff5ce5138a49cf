// "Custom API Call": n8n's own HTTP Request node with this package's credential, for what the nodes do not list.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { INodeProperties, INodePropertyOptions, INodeTypeDescription } from 'n8n-workflow';
import { N8N_VERSION, OLDEST } from '../../scripts/real-n8n/install.mts';
import type { Credential } from '../../scripts/real-n8n/rest.mts';
import { type Recorder, startRecorder } from './recorder.mts';
import { runOnce, startedByRequest } from './runOnce.mts';
import { PACKAGE } from './owner.mts';
import { SET_UP_TIMEOUT_MS, type SharedStage, itemsOf, node, joinStage } from './stage.mts';

const REQUEST = 'HTTP Request';
const EMPLOYEES = '/api/v1/integrations/lookups/employees';

let stage: SharedStage;
let otherHost: Recorder;
/** Sends every caller on to the other host. */
let redirector: Recorder;

beforeAll(async () => {
	stage = await joinStage();
	otherHost = await startRecorder(() => ({ body: { employees: [] } }));
	redirector = await startRecorder(() => ({
		status: 302,
		headers: { location: otherHost.url + EMPLOYEES },
		body: {},
	}));
}, SET_UP_TIMEOUT_MS);

beforeEach(() => {
	otherHost.requests.length = 0;
	redirector.requests.length = 0;
});

afterAll(async () => {
	otherHost.close();
	redirector.close();
	await stage.strike();
});

/** Calls a URL as Custom API Call does. Gives the execution, and all of it that n8n's editor is told. */
async function call(url: string, { id, name, type }: Credential = stage.credential) {
	const request = node(
		REQUEST,
		'n8n-nodes-base.httpRequest',
		{ url, authentication: 'predefinedCredentialType', nodeCredentialType: type },
		{ typeVersion: N8N_VERSION === OLDEST ? 4.4 : 4.5, credentials: { [type]: { id, name } } },
	);
	const execution = await runOnce(stage, startedByRequest('Custom API Call', [request]));
	return { execution, raw: await stage.n8n.text(`/rest/executions/${execution.id}`) };
}

test('is offered for every resource and operation of the node', async () => {
	const types = JSON.parse(await stage.n8n.text('/types/nodes.json')) as INodeTypeDescription[];
	const description = types.find(({ name }) => name === `${PACKAGE}.whiteLabelCro`);
	const choices = (description?.properties ?? []).filter(({ name }) => /^(resource|operation)$/.test(name));
	const lastOf = ({ options = [] }: INodeProperties) => (options.at(-1) as INodePropertyOptions).name;
	// The Resource list, and an Operation list for each resource.
	const [{ options: resources = [] } = { options: [] }] = choices;
	expect(choices).toHaveLength(resources.length);
	expect(choices.map(lastOf)).toEqual(choices.map(() => 'Custom API Call'));
});

test("reaches the API with the credential's key", async () => {
	const { execution } = await call(stage.sandbox.url + EMPLOYEES);
	expect(execution.status).toBe('success');
	expect(itemsOf(execution, REQUEST)).toMatchObject([
		{ json: { employees: expect.arrayContaining([{ employee_id: 7, full_name: 'John Advisor' }]) } },
	]);
	expect(stage.sandbox.requests.at(-1)).toMatchObject({
		path: EMPLOYEES,
		headers: { 'x-api-key': stage.sandbox.apiKey },
	});
});

describe('The key', () => {
	test('is sent to no other host, and the error says why', async () => {
		const { execution, raw } = await call(otherHost.url + EMPLOYEES);
		expect(execution.status).toBe('error');
		expect(raw).toContain(`API key is sent only to ${stage.sandbox.url}`);
		expect(otherHost.requests).toEqual([]);
		expect(raw).not.toContain(stage.sandbox.apiKey);
	});

	test('does not follow a redirect to another host', async () => {
		const credential = await stage.n8n.createCredential('Redirected', 'whiteLabelCroApi', {
			apiKey: stage.sandbox.apiKey,
			baseUrl: redirector.url,
		});
		const { execution, raw } = await call(redirector.url + EMPLOYEES, credential);
		expect(redirector.requests).toMatchObject([{ headers: { 'x-api-key': stage.sandbox.apiKey } }]);
		expect(otherHost.requests).toEqual([]);
		expect(execution.status).toBe('error');
		expect(raw).toContain('302');
		expect(raw).not.toContain(stage.sandbox.apiKey);
	});

	test('is not shown when the API refuses a call', async () => {
		const { execution, raw } = await call(`${stage.sandbox.url}/api/v1/integrations/clients/search`);
		expect(execution.status).toBe('error');
		expect(raw).not.toContain(stage.sandbox.apiKey);
	});
});
