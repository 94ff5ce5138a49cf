import type { INodeProperties } from 'n8n-workflow';

import { lookUp } from '../../api/lookup';
import type { Lookup } from '../../contract/lookups';
import type { Operation } from '../operation';
import { optionalText, wantedCount } from './input';
import { returnAllOrLimit } from './parameters';

/** A Get Many over one of the account's lookups. `properties` may have a text to search for by the name `search`. */
export function getManyOf(
	lookup: Lookup,
	texts: Pick<Operation, 'action' | 'description'>,
	properties: INodeProperties[] = [],
): Operation {
	return {
		name: 'Get Many',
		value: 'getMany',
		...texts,
		properties: [...properties, ...returnAllOrLimit],
		writes: false,
		async execute(item) {
			const count = wantedCount(item);
			const rows = await lookUp(
				item.api,
				lookup,
				optionalText(item, { name: 'search', displayName: 'Search' }),
				item.index,
			);
			return rows.slice(0, count);
		},
	};
}
