import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { EVENT_TYPES } from '../contract/eventTypes';
import { readStatus } from '../contract/events';
import type { EventEnvelope } from '../contract/events';
import { partsOf, textOf } from '../contract/json';
import { visible } from '../helpers/identity';

/** Filters that keep an event from starting the workflow. */
export const filters: INodeProperties = {
	displayName: 'Filters',
	name: 'filters',
	type: 'collection',
	placeholder: 'Add Filter',
	default: {},
	description: 'Only events that match every filter start the workflow',
	options: [
		{
			displayName: 'Client ID',
			name: 'clientId',
			type: 'string',
			default: '',
			placeholder: 'e.g. 12345',
			description: 'Only events about this client or lead. Separate several IDs with commas.',
		},
		{
			displayName: 'Minimum Amount',
			name: 'minimumAmount',
			type: 'number',
			typeOptions: { minValue: 0, numberPrecision: 2 },
			default: 0,
			description: "For payments and invoices: this amount or more, in the account's currency",
		},
		statusFilter('New Status Names or IDs', 'newStatus', 'new'),
		statusFilter('Previous Status Names or IDs', 'previousStatus', 'previous'),
	],
};

function statusFilter(displayName: string, name: string, which: 'new' | 'previous'): INodeProperties {
	return {
		displayName,
		name,
		type: 'multiOptions',
		typeOptions: { loadOptionsMethod: 'getStatuses' },
		default: [],
		description: `For Client Status Changed: only when the ${which} status is one of these. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.`,
	};
}

/** What the filters are set to. Those that are not used are left out. */
export interface Filters {
	clientId?: string;
	minimumAmount?: number;
	/** Several, or what an expression made of it: one, or none. */
	newStatus?: unknown;
	previousStatus?: unknown;
}

/** Whether the status filters are about an event. */
function hasStatusFilters({ type }: EventEnvelope): boolean {
	return EVENT_TYPES.some((known) => known.type === type && known.movesClient);
}

/**
 * The name of the filter that holds an event back; undefined if it passes. A filter that a field is missing for lets the event
 * pass, so that none is lost for what its sender left out; only Client ID holds back what names no client.
 */
export function rejectedBy(event: EventEnvelope, wanted: Filters): string | undefined {
	const { type, payload } = event;
	// As the lists show an ID, it begins with #.
	const clientIds = partsOf(visible(String(wanted.clientId ?? '')).replaceAll('#', ''));
	if (clientIds.length > 0 && !clientIds.includes(textOf(payload.client_id) ?? '')) return 'Client ID';
	const amount = wanted.minimumAmount ? amountOf(type, payload) : undefined;
	if (amount !== undefined && amount < (wanted.minimumAmount ?? 0)) return 'Minimum Amount';
	if (!hasStatusFilters(event)) return undefined;
	const isAmong = (field: StatusField, values: unknown) =>
		isAmongStatuses(readStatusOf(payload, field), statusValues(values));
	if (!isAmong('new_status', wanted.newStatus)) return 'New Status';
	return isAmong('previous_status', wanted.previousStatus) ? undefined : 'Previous Status';
}

/** Whether a status filter by ID lets an event pass only because that tells the status by its name alone. */
export function isUncompared(event: EventEnvelope, { newStatus, previousStatus }: Filters): boolean {
	if (!hasStatusFilters(event)) return false;
	const isUnknown = (field: StatusField, values: unknown) => {
		const { name, id } = readStatusOf(event.payload, field);
		const wanted = statusValues(values);
		return name !== undefined && id === undefined && wanted.some(isId) && !wanted.includes(name);
	};
	return isUnknown('new_status', newStatus) || isUnknown('previous_status', previousStatus);
}

type StatusField = 'new_status' | 'previous_status';

/** A status that an event tells. What has the form of an ID is none's name. */
function readStatusOf(payload: IDataObject, field: StatusField): ReturnType<typeof readStatus> {
	const { name, id } = readStatus(payload, field);
	return { name, id: id ?? (name !== undefined && isId(name) ? name : undefined) };
}

function statusValues(wanted: unknown): string[] {
	return [wanted]
		.flat()
		.map(textOf)
		.filter((value) => value !== undefined);
}

const isId = (value: string) => /^\d+$/.test(value);

/** Whether a status is one of those wanted, which are names or IDs. One that cannot be told from those wanted counts. */
function isAmongStatuses({ name, id }: ReturnType<typeof readStatus>, wanted: string[]): boolean {
	if (wanted.length === 0) return true;
	return wanted.some(
		(value) => value === name || value === id || (isId(value) ? id === undefined : name === undefined),
	);
}

/** The amount that an event is about, or undefined if it is about none or does not say. */
function amountOf(type: string, payload: IDataObject): number | undefined {
	const fields = EVENT_TYPES.find((known) => known.type === type)?.amount;
	const sum = fields?.reduce((total, field) => total + (number(payload[field]) ?? NaN), 0);
	return Number.isNaN(sum) ? undefined : sum;
}

/** A number, or a text that is one, whose thousands may be set off by commas or spaces; undefined for anything else. */
function number(value: unknown): number | undefined {
	const digits = textOf(value) ?? '';
	if (typeof value === 'string' && !/^[+-]?(\d+|\d{1,3}([,\s]\d{3})+)(\.\d+)?$/.test(digits))
		return undefined;
	const parsed = Number(digits.replace(/[,\s]/g, '') || NaN);
	return Number.isFinite(parsed) ? parsed : undefined;
}
