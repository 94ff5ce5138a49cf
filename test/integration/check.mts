// What the tests of Account: Check have in common.
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { Scope } from '../../sandbox/keys.mts';
import { type Sandbox, startSandbox } from '../../sandbox/server.mts';
import { PLENTY } from '../fixtures.mts';
import { type Verdict, verdictsOn } from '../../scripts/report/assumptions.mts';
import { readReport } from '../../scripts/report/report.mts';
import type { Engine } from './engine.mts';

export const CHECK = { resource: 'account', operation: 'check' };

/** What a check gives out: the parts that tests name. */
export interface Item extends IDataObject {
	summary: string;
	ok: boolean;
	problems: string[];
	scopes: Record<Scope, string>;
	rate_limits: { read: IDataObject | null };
	triggers: IDataObject[];
	report: string;
	subscriptions: Record<'switched_off' | 'of_this_n8n' | 'of_this_workflow', IDataObject[]> & {
		count: number;
		on: number;
		unused: IDataObject[] | null;
	};
}

export let sandbox: Sandbox;

/** Starts a CRM for the tests of a file, as new before each. */
export function setUpSandbox(): void {
	beforeAll(async () => {
		sandbox = await startSandbox({ limits: PLENTY });
	});
	beforeEach(() => {
		sandbox.reset();
	});
	afterAll(() => sandbox.close());
}

/** One check, with the key of an engine. */
export async function checkWith(
	engine: Engine,
	parameters: INodeParameters = {},
	options: Parameters<Engine['execute']>[2] = {},
): Promise<Item> {
	const [item] = await engine.execute({ ...CHECK, includeReport: true, ...parameters }, [{}], options);
	return item?.json as Item;
}

/** What the report of a check says of a detail. */
export function verdictOn({ report }: Item, wanted: string): Verdict | undefined {
	return verdictsOn(readReport(report)).find(({ detail }) => detail === wanted);
}
