/** The operations that leads and clients both have; each of the two says what is its own. */
import type { INodeProperties } from 'n8n-workflow';

import { createRecord } from '../../api/create';
import { findRecord } from '../../api/search';
import type { Searchable } from '../../api/search';
import { PATHS } from '../../contract/paths';
import type { Operation } from '../operation';
import { change } from './change';
import { createOrUpdateRecord } from './createOrUpdate';
import { criteria, foundOptions, foundOrNot, requiredCriteria } from './find';
import { changesOf, optionalFields, requiredId, requiredPerson, statusChange } from './input';
import { statusLocator } from './locators';
import { lockKeysOf, lockRecords } from './lockKeys';
import { matchFields, upsertFields } from './matchBy';
import { output, shapeRecord } from './output';
import {
	additionalFields,
	email,
	externalId,
	firstName,
	lastName,
	optional,
	personChanges,
	personFields,
	phone,
	recordIdCriterion,
	statusChangeFields,
	updateFields,
	warning,
} from './parameters';
import { createdItem, statusItem, updatedItem } from './written';

const PATHS_OF = {
	lead: { record: PATHS.lead, status: PATHS.leadStatus },
	client: { record: PATHS.client, status: PATHS.clientStatus },
} as const;

/** @param fields beside those that both have */
export function createOf(kind: Searchable, description: string, fields: INodeProperties[]): Operation {
	return {
		name: 'Create',
		value: 'create',
		action: `Create a ${kind}`,
		description,
		properties: [
			warning(
				`Running this again with the same person adds a second ${kind}. To avoid that, use Create or Update.`,
			),
			firstName,
			lastName,
			email,
			additionalFields([...fields, ...personFields]),
		],
		writes: true,
		confirms: true,
		async execute(item) {
			const body = { ...optionalFields(item), ...requiredPerson(item) };
			await lockRecords(item, lockKeysOf(item, body));
			const { api, index: itemIndex, previousAttempt } = item;
			return [
				createdItem(body, await createRecord(api, kind, { body, itemIndex, earlier: previousAttempt })),
			];
		},
	};
}

/** @param fields beside those that both have */
export function createOrUpdateOf(kind: Searchable, fields: INodeProperties[]): Operation {
	return {
		name: 'Create or Update',
		value: 'createOrUpdate',
		action: `Create or update a ${kind}`,
		description: `Create a new ${kind}, or update the current one if it already exists (upsert)`,
		properties: [...matchFields, firstName, lastName, email, additionalFields([...fields, ...upsertFields])],
		writes: true,
		confirms: true,
		async execute(item) {
			return [await createOrUpdateRecord(item, kind)];
		},
	};
}

/** @param idName what the user sees the record's ID called */
export function findOf(kind: Searchable, idName: string, description: string): Operation {
	return {
		name: 'Find',
		value: 'find',
		action: `Find a ${kind}`,
		description,
		properties: [
			criteria([optional(email), externalId, recordIdCriterion(idName), phone]),
			...foundOptions,
			...output,
		],
		writes: false,
		async execute(item) {
			const record = await findRecord(item.api, kind, requiredCriteria(item), item.index);
			return foundOrNot(item, record && shapeRecord(item, record));
		},
	};
}

export function updateOf(kind: Searchable, locator: INodeProperties): Operation {
	return {
		name: 'Update',
		value: 'update',
		action: `Update a ${kind}`,
		description: `Change fields of a ${kind}. Fields that you leave out keep their values.`,
		properties: [locator, updateFields(personChanges)],
		writes: true,
		async execute(item) {
			const id = requiredId(item, locator);
			const body = changesOf(item);
			const path = PATHS_OF[kind].record(id);
			const answer = await change(item, { kind, id, path, body, operation: 'Update' });
			return [updatedItem(item, { client_id: id }, body, answer)];
		},
	};
}

/** @param searchListMethod which statuses the list offers (see methods/listSearch.ts) */
export function updateStatusOf(
	kind: Searchable,
	locator: INodeProperties,
	searchListMethod: string,
	description: string,
): Operation {
	return {
		name: 'Update Status',
		value: 'updateStatus',
		action: `Update the status of a ${kind}`,
		description,
		properties: [locator, statusLocator(searchListMethod), statusChangeFields],
		writes: true,
		async execute(item) {
			const id = requiredId(item, locator);
			const body = statusChange(item);
			const path = PATHS_OF[kind].status(id);
			const answer = await change(item, { kind, id, path, body, operation: 'Update Status' });
			return [statusItem(id, answer)];
		},
	};
}
