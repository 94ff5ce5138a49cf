import type { IDataObject } from 'n8n-workflow';

import { readRecord } from '../../contract/records';
import type { Item } from '../operation';

/** Sends one write of an item. @returns the API's answer @throws NodeApiError */
export async function write(
	{ api, index }: Item,
	request: { method: 'POST' | 'PATCH'; path: string; body: IDataObject },
): Promise<IDataObject> {
	return await api.request({ ...request, itemIndex: index, read: readRecord });
}
