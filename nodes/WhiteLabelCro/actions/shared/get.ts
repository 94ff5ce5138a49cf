import type { INodeProperties } from 'n8n-workflow';

import { findRecord } from '../../api/search';
import type { Searchable } from '../../api/search';
import type { Operation } from '../operation';
import { rightKind } from './change';
import { invalid, requiredId } from './input';
import { output, shapeRecord } from './output';

/** A Get of the lead or client that is chosen in a resource locator. The API has no read by ID: its search stands in. */
export function getOf(kind: Searchable, locator: INodeProperties): Operation {
	return {
		name: 'Get',
		value: 'get',
		action: `Get a ${kind}`,
		description: `Get one ${kind}, chosen from the list or by ID`,
		properties: [locator, ...output],
		writes: false,
		async execute(item) {
			const id = requiredId(item, locator);
			const record = await findRecord(item.api, kind, { client_id: id }, item.index);
			if (record !== undefined) return [shapeRecord(item, record)];
			await rightKind(item, { kind, id, operation: 'Get' });
			throw invalid(
				item,
				`WhiteLabelCRO has no such ${kind}`,
				`Choose the ${kind} from the list, or check the ID. The record may have been deleted.`,
			);
		},
	};
}
