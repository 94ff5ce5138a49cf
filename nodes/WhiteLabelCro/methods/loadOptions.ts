import type { ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';

import { entriesOf } from '../api/lookup';

/** The account's statuses by name, which is how events name them. */
export async function getStatuses(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const { openForList } = await import('../client/apiClient.js');
	const api = await openForList(this);
	return (await entriesOf(api, 'clientStatuses')).map(({ label }) => ({ name: label, value: label }));
}
