import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { startSandbox } from '../../sandbox/server.mts';
import type { Sandbox } from '../../sandbox/server.mts';
import { PLENTY, byId } from '../fixtures.mts';
import { useLeapingClock } from './clock.mts';
import { startEngine } from './engine.mts';
import type { Engine } from './engine.mts';

useLeapingClock();

const ITEMS = 150;
const ITEMS_OF_A_RUN = 3;
const KINDS = ['status-before', 'status-after', 'reset-before', 'reset-after', 'garbage', 'html'] as const;

interface Stage {
	kind: (typeof KINDS)[number];
	sandbox: Sandbox;
	engine: Engine;
}

let stages: Stage[];

beforeAll(async () => {
	stages = await Promise.all(
		KINDS.map(async (kind) => {
			// Nothing may rest on the server's help: whether it honors idempotency keys is an assumption.
			const sandbox = await startSandbox({ limits: PLENTY, dialect: { idempotency: 'ignored' } });
			const engine = await startEngine({ apiKey: sandbox.apiKey, baseUrl: sandbox.url });
			sandbox.faults.inject({ route: 'POST', kind, probability: 0.1, seed: 7 });
			return { kind, sandbox, engine };
		}),
	);
});
afterAll(async () => {
	await Promise.all(stages.map(({ sandbox }) => sandbox.close()));
});

const person = {
	operation: 'create',
	firstName: 'Bulk',
	lastName: 'Import',
	email: '={{ $json.key }}',
};
const emailsOf = ({ store }: Sandbox) => store.records.all().map(({ email }) => email);

/** Creates a record for each key, and tells what came of it. */
async function createAll({ engine }: Stage, parameters: INodeParameters, keys: string[]) {
	const runs = Array.from({ length: ITEMS / ITEMS_OF_A_RUN }, (_, run) =>
		keys.slice(run * ITEMS_OF_A_RUN, (run + 1) * ITEMS_OF_A_RUN),
	);
	const outputs = await Promise.all(
		runs.map((of) =>
			engine.execute(
				parameters,
				of.map((key) => ({ key })),
				{ settings: { onError: 'continueErrorOutput' } },
			),
		),
	);
	for (const output of outputs)
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
	const failed = new Map<string, IDataObject>();
	outputs.flat().forEach(({ json }, i) => {
		if ('error' in json) failed.set(keys[i] ?? '', json);
	});
	return failed;
}

describe('with a tenth of the creations hit by a fault of any kind', () => {
	it.each<[string, INodeParameters, (sandbox: Sandbox) => Array<string | null>]>([
		['leads', { ...person, resource: 'lead' }, emailsOf],
		['clients', { ...person, resource: 'client' }, emailsOf],
		[
			'leads with an external ID',
			{
				...person,
				resource: 'lead',
				// By its email no record could be told from others; those with one email are created in turn.
				email: '={{ "same-" + $json.key.at(-13) + "@example.com" }}',
				additionalFields: { externalId: '={{ $json.key }}' },
			},
			({ store }) => store.records.all().map(({ external_id }) => external_id),
		],
		[
			'notes',
			{ resource: 'note', operation: 'create', clientId: byId(12345), text: '={{ $json.key }}' },
			({ store }) => store.notes.map(({ text }) => text),
		],
		[
			'affiliates',
			{ ...person, resource: 'affiliate' },
			({ store }) => [...store.affiliates.values()].map(({ email }) => email),
		],
	])(`none of ${ITEMS} %s is lost and none is doubled`, async (what, parameters, stored) => {
		const keys = Array.from({ length: ITEMS }, (_, i) => `${what.replaceAll(' ', '-')}-${i}@example.com`);
		const outcomes = await Promise.all(
			stages.map(async (stage) => {
				const failed = await createAll(stage, parameters, keys);
				const all = stored(stage.sandbox).filter((key) => key !== null && keys.includes(key));
				const missing = keys.filter((key) => !all.includes(key));
				return {
					kind: stage.kind,
					doubled: all.length - new Set(all).size,
					// Every item comes out: as a result, or as an error that says that its record may exist.
					silentlyLost: missing.filter((key) => !failed.has(key)),
					errors: [...failed.values()].map(({ error }) => error as string),
				};
			}),
		);
		expect(outcomes).toEqual(
			outcomes.map(({ kind, errors }) => ({ kind, errors, doubled: 0, silentlyLost: [] })),
		);
		for (const { errors } of outcomes) {
			for (const error of errors) expect(error).toMatch(/did not confirm this|answered with/);
			// A lead or client can be searched for, so only a second fault in a row leaves its fate open.
			if (/leads|clients/.test(what)) expect(errors.length).toBeLessThan(ITEMS / 15);
		}
	});
});
