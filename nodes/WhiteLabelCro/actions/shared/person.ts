/** The operations that leads and clients both have; each of the two says what is its own. */
import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { createRecord } from '../../api/create';
import { findRecord } from '../../api/search';
import type { Searchable } from '../../api/search';
import { PATHS } from '../../contract/paths';
import type { Operation } from '../operation';
import { change, nameStatuses, rightKind } from './change';
import { createOrUpdateRecord } from './createOrUpdate';
import { criteria, foundOptions, foundOrNot, requiredCriteria } from './find';
import { changesOf, invalid, optionalFields, requiredId, requiredPerson, statusChange } from './input';
import { clientLocator, leadLocator, statusLocator } from './locators';
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
import { titleOf } from './wireFields';
import { createdItem, statusItem, updatedItem } from './written';

const LOCATORS = { lead: leadLocator, client: clientLocator };

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
			const body: IDataObject = { ...optionalFields(item), ...requiredPerson(item) };
			await lockRecords(item, lockKeysOf(item, body));
			const { api, index: itemIndex, previousAttempt } = item;
			const creation = { body, itemIndex, earlier: previousAttempt };
			const answer = await createRecord(api, kind, creation).catch(async (error: unknown) => {
				await nameStatuses(item, kind, body.status, error);
				throw error;
			});
			return [createdItem(body, answer)];
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

export function findOf(kind: Searchable, description: string): Operation {
	return {
		name: 'Find',
		value: 'find',
		action: `Find a ${kind}`,
		description,
		properties: [
			criteria([optional(email), externalId, recordIdCriterion(titleOf(kind)), phone]),
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

/** A Get of the lead or client that is chosen in a resource locator. The API has no read by ID: its search stands in. */
export function getOf(kind: Searchable): Operation {
	const locator = LOCATORS[kind];
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

export function updateOf(kind: Searchable): Operation {
	const locator = LOCATORS[kind];
	return {
		name: 'Update',
		value: 'update',
		action: `Update a ${kind}`,
		description: `Change fields of a ${kind}. Fields you leave out keep their values.`,
		properties: [locator, updateFields(personChanges)],
		writes: true,
		async execute(item) {
			const id = requiredId(item, locator);
			const body = changesOf(item);
			const answer = await change(item, { kind, id, path: PATHS[kind](id), body, operation: 'Update' });
			return [updatedItem(item, { client_id: id }, body, answer)];
		},
	};
}

export function updateStatusOf(kind: Searchable, description: string): Operation {
	const locator = LOCATORS[kind];
	return {
		name: 'Update Status',
		value: 'updateStatus',
		action: `Update the status of a ${kind}`,
		description,
		properties: [locator, statusLocator(`search${titleOf(kind)}Statuses`), statusChangeFields],
		writes: true,
		async execute(item) {
			const id = requiredId(item, locator);
			const body = statusChange(item);
			const path = PATHS[`${kind}Status` as const](id);
			const answer = await change(item, { kind, id, path, body, operation: 'Update Status' });
			return [statusItem(id, answer)];
		},
	};
}
