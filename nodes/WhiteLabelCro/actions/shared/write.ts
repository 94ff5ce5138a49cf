import type { IDataObject } from 'n8n-workflow';

import { readRecord } from '../../transport/contract';
import type { Item } from '../operation';
import { takeTurn } from './keys';

/**
 * One write of an item, in its turn.
 * @param touches the keys of the records that it writes (see keys.ts)
 * @returns the API's answer
 * @throws NodeApiError
 */
export async function write(
	item: Item,
	request: { method: 'POST' | 'PATCH'; path: string; body: IDataObject },
	touches: string[],
): Promise<IDataObject> {
	return await takeTurn(item, touches, () =>
		item.api.request({ ...request, itemIndex: item.index, read: readRecord }),
	);
}
