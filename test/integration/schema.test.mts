// What n8n's editor shows of an operation before it has run, held against what the node really returns.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Ajv, type AnySchemaObject } from 'ajv';
import { resolveOutputSchemaPath } from 'n8n-core';
import type { IDataObject } from 'n8n-workflow';

import { resources } from '../../nodes/WhiteLabelCro/actions/resources.ts';
import { signDelivery, signatureForms } from '../../sandbox/deliveries/signature.mts';
import { runs } from './everyOperation.mts';
import { useStage } from './stage.mts';

const SCHEMAS = 'nodes/WhiteLabelCro/__schema__';
const ajv = new Ajv({ strict: false });
const { sandbox, engine } = useStage({ dialect: { lookupEmails: 'left-out' } });

const schemaOf = (path: string) =>
	JSON.parse(readFileSync(join(SCHEMAS, `${path}.json`), 'utf8')) as AnySchemaObject;

/** Validates every item, and compares all the fields that they have with those of the schema. */
function expectToFit(items: IDataObject[], schema: AnySchemaObject): void {
	const validate = ajv.compile(schema);
	expect(items).not.toEqual([]);
	for (const item of items) {
		void validate(item);
		expect(validate.errors ?? []).toEqual([]);
	}
	const keys = new Set(items.flatMap((item) => Object.keys(item)));
	expect([...keys].toSorted()).toEqual(Object.keys(schema.properties as object).toSorted());
}

const everyOperation = resources.flatMap(({ value, operations }) =>
	operations.map((operation) => `${value}/${operation.value}`),
);

describe('The schemas', () => {
	it('are one for each operation, and none too many', () => {
		const files = readdirSync(join(SCHEMAS, 'v1.0.0'), { recursive: true, withFileTypes: true });
		const named = files
			.filter((file) => file.isFile())
			.map((file) => join(file.parentPath, file.name).slice(join(SCHEMAS, 'v1.0.0/').length));
		expect(named.toSorted()).toEqual(everyOperation.map((name) => `${name}.json`).toSorted());
		expect(readdirSync(SCHEMAS).toSorted()).toEqual(['v1.0.0', 'v1.0.0.json']);
	});

	const isServed = (resource?: string, operation?: string) => {
		const built = { nodeDir: 'dist/nodes/WhiteLabelCro', version: '1' };
		return existsSync(resolveOutputSchemaPath({ ...built, resource, operation }) ?? 'nowhere');
	};

	it.each(everyOperation)("are where n8n's own resolver looks for them: %s", (name) => {
		const [resource, operation] = name.split('/');
		expect(isServed(resource, operation)).toBe(true);
	});

	it("are where n8n's own resolver looks for them: the triggers, which have no operations", () => {
		expect(isServed()).toBe(true);
	});
});

describe('The schema of', () => {
	it.each(everyOperation)('%s fits what the node returns, field by field', async (name) => {
		const [resource, operation] = name.split('/') as [string, string];
		const run = runs[name];
		if (run === undefined) throw new Error(`This test does not know how to run ${name}.`);
		sandbox.raise('client.created');
		sandbox.raise('lead.created');
		const trigger = engine.trigger({ triggerOn: ['lead.created'] });
		if (resource === 'webhookSubscription') await trigger.publish();
		const [subscription] = sandbox.store.subscriptions.values();
		const items = run.items ?? [{ id: String(subscription?.id) }];

		const output = await engine.execute({ resource, operation, ...run.parameters }, items);
		expectToFit(
			output.map(({ json }) => json),
			schemaOf(`v1.0.0/${name}`),
		);
	});

	it('the polling trigger fits an event', async () => {
		sandbox.raise('lead.created');
		const poller = engine.poller({ triggerOn: ['lead.created'], output: 'simplified' });
		expectToFit(await poller.poll({ mode: 'manual' }), schemaOf('v1.0.0'));
	});

	it('the trigger fits a delivered event', async () => {
		const trigger = engine.trigger({ triggerOn: ['lead.created'], output: 'simplified' });
		await trigger.publish();
		const [subscription] = [...sandbox.store.subscriptions.values()].slice(-1);
		const body = JSON.stringify(sandbox.raise('lead.created'));
		const timestamp = Math.floor(Date.now() / 1000);
		const headers = signDelivery(signatureForms[0], subscription?.secret ?? '', body, { timestamp, id: '1' });
		const { returned } = await trigger.deliver({ headers, rawBody: Buffer.from(body) });
		const items = returned.workflowData?.[0]?.map(({ json }) => json) ?? [];
		expectToFit(items, schemaOf('v1.0.0'));
	});
});
