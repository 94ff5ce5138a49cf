import type { ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';

import { readLookupRow } from '../transport/contract';
import { lookUp } from '../transport/lookup';
import { Api, LIST_WAIT_MS } from '../transport/request';

/** The account's statuses by name, which is how events name them. */
export async function getStatuses(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const rows = await lookUp(await Api.open(this, LIST_WAIT_MS), 'clientStatuses');
	return rows
		.map((row) => readLookupRow('clientStatuses', row))
		.filter((row) => row !== undefined)
		.map(({ label }) => ({ name: label, value: label }));
}
