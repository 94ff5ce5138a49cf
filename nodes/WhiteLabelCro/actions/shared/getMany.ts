import type { INodeProperties } from 'n8n-workflow';

import { lookUp } from '../../api/lookup';
import type { Lookup } from '../../contract/lookups';
import { visible } from '../../helpers/identity';
import type { Operation } from '../operation';
import { optionalText, wantedCount } from './input';
import { returnAllOrLimit } from './parameters';

/** A Get Many over one of the account's lookups. `properties` may have a text to search for by the name `search`. @param what its rows are called */
export function getManyOf(
	lookup: Lookup,
	what: string,
	description: string,
	properties: INodeProperties[] = [],
): Operation {
	return {
		name: 'Get Many',
		value: 'getMany',
		action: `Get many ${what}`,
		description,
		properties: [...properties, ...returnAllOrLimit],
		writes: false,
		async execute(item) {
			const count = wantedCount(item);
			const text = visible(optionalText(item, { name: 'search', displayName: 'Search' }));
			const rows = await lookUp(item.api, lookup, text, item.index);
			return rows.slice(0, count);
		},
	};
}
