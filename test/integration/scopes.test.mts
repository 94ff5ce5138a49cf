// The README's table of scopes, held against what the CRM demands.
import { expect, test } from '@jest/globals';

import { resources } from '../../nodes/WhiteLabelCro/actions/resources.ts';
import { type Scope, scopes } from '../../sandbox/keys.mts';
import { documentedScopes } from '../readme.mts';
import { runs } from './everyOperation.mts';
import { useStage } from './stage.mts';

const { sandbox, engineWith: engineWithKey } = useStage();
const engineWith = (only: readonly Scope[]) => engineWithKey(sandbox.createKey(only));

const operations = resources.flatMap((resource) =>
	resource.operations.map((operation) => {
		const documented = documentedScopes().get(`${resource.name}: ${operation.name}`) ?? [];
		const required = documented.filter((scope) => !/[¹²]$/.test(scope)) as Scope[];
		return { path: `${resource.value}/${operation.value}`, resource, operation, required };
	}),
);

const checks = operations.filter(({ path }) => path === 'account/check');
const others = operations.filter((row) => !checks.includes(row));

test.each(others)('$path needs the scopes that the README names, and no other', async (row) => {
	const { path, resource, operation, required } = row;
	expect(required).not.toEqual([]);
	sandbox.raise('lead.created');
	const owner = await engineWith(scopes);
	if (path.startsWith('webhookSubscription')) await owner.trigger({ triggerOn: ['lead.created'] }).publish();
	const [subscription] = sandbox.store.subscriptions.values();
	const run = runs[path];
	const items = run?.items ?? [{ id: String(subscription?.id) }];
	const parameters = { resource: resource.value, operation: operation.value, ...run?.parameters };

	for (const missing of required) {
		const lacking = await engineWith(scopes.filter((scope) => scope !== missing));
		await expect(lacking.execute(parameters, items)).rejects.toMatchObject({
			message: expect.stringContaining(`The API key lacks the scope '${missing}'`),
		});
	}
	const sufficient = await engineWith(required);
	expect(await sufficient.execute(parameters, items)).not.toEqual([]);
});

test.each(checks)('$path works with any scope, and with none, as the README says', async (row) => {
	expect(row.required).toEqual([]);
	for (const granted of [[], ...scopes.map((scope) => [scope])]) {
		const engine = await engineWith(granted);
		const [item] = await engine.execute({ resource: 'account', operation: 'check', checkAdminScope: true });
		const found = Object.entries(item?.json.scopes as object).filter(([, answer]) => answer === 'yes');
		expect(found.map(([scope]) => scope)).toEqual(granted);
	}
});

test('both triggers need the scopes that the README names, and no other', async () => {
	expect(documentedScopes()).toEqual(
		new Map([
			...documentedScopes(),
			['WhiteLabelCRO Trigger: ', ['webhooks:write', 'events:read²']],
			['WhiteLabelCRO Polling Trigger: ', ['events:read']],
		]),
	);
	const trigger = (await engineWith(['webhooks:write'])).trigger({ triggerOn: ['lead.created'] });
	await trigger.publish();
	expect(sandbox.store.subscriptions.size).toBe(1);
	sandbox.raise('lead.created');
	const poller = (await engineWith(['events:read'])).poller({ triggerOn: ['lead.created'] });
	expect(await poller.poll({ mode: 'manual' })).toHaveLength(1);
});
