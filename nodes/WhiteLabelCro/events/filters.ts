import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { readStatus } from '../transport/contract';
import type { EventEnvelope } from '../transport/contract';

/** Filters that keep an event from starting the workflow. */
export const filters: INodeProperties = {
	displayName: 'Filters',
	name: 'filters',
	type: 'collection',
	placeholder: 'Add Filter',
	default: {},
	description: 'Events that do not match every filter start nothing, which saves executions',
	options: [
		{
			displayName: 'Client ID',
			name: 'clientId',
			type: 'string',
			default: '',
			placeholder: 'e.g. 12345',
			description: 'Only events of this client or lead. Several IDs are separated by commas.',
		},
		{
			displayName: 'Minimum Amount',
			name: 'minimumAmount',
			type: 'number',
			typeOptions: { minValue: 0, numberPrecision: 2 },
			default: 0,
			description:
				"Only payments and invoices of at least this amount, in the account's currency. Other events are not affected.",
		},
		{
			displayName: 'New Status Names or IDs',
			name: 'newStatus',
			type: 'multiOptions',
			typeOptions: { loadOptionsMethod: 'getStatuses' },
			default: [],
			description:
				'Only moves to one of these statuses. Other events than Client Status Changed are not affected. An event that names a status without its ID passes whenever an ID is among these, so names are the better choice. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
		},
		{
			displayName: 'Previous Status Names or IDs',
			name: 'previousStatus',
			type: 'multiOptions',
			typeOptions: { loadOptionsMethod: 'getStatuses' },
			default: [],
			description:
				'Only moves from one of these statuses. Other events than Client Status Changed are not affected. An event that names a status without its ID passes whenever an ID is among these, so names are the better choice. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
		},
	],
};

/** What the filters are set to. Those that are not used are left out. */
export interface Filters {
	clientId?: string;
	minimumAmount?: number;
	/** Several, or what an expression made of it: one, or none. */
	newStatus?: unknown;
	previousStatus?: unknown;
}

/**
 * Whether an event passes the filters. A filter that a field is missing for lets the event pass, so that none is lost for
 * what its sender left out; only Client ID holds back what names no client.
 */
export function passes({ type, payload }: EventEnvelope, wanted: Filters): boolean {
	const clientIds = (wanted.clientId ?? '')
		.toString()
		.split(',')
		.map((id) => id.trim())
		.filter((id) => id !== '');
	if (clientIds.length > 0 && !clientIds.includes(text(payload.client_id))) return false;
	const amount = wanted.minimumAmount ? amountOf(type, payload) : undefined;
	if (amount !== undefined && amount < (wanted.minimumAmount ?? 0)) return false;
	if (type !== 'client.status_changed') return true;
	return (
		isAmong(readStatus(payload, 'new_status'), wanted.newStatus) &&
		isAmong(readStatus(payload, 'previous_status'), wanted.previousStatus)
	);
}

/**
 * Whether a status is one of those wanted, which are names or IDs. Names are compared with names, and IDs with IDs; where
 * the event lacks one that would have to be compared, only the account's list could tell, and no delivery waits for that.
 */
function isAmong({ name, id }: ReturnType<typeof readStatus>, wanted: unknown): boolean {
	const values = [wanted]
		.flat()
		.map((value) => text(value).trim())
		.filter((value) => value !== '');
	if (values.length === 0 || values.some((value) => value === name || value === id)) return true;
	return values.some((value) => (/^\d+$/.test(value) ? id : name) === undefined);
}

/** The amount that an event is about (contract, section 4), or undefined if it is about none or does not say. */
function amountOf(type: string, payload: IDataObject): number | undefined {
	switch (type) {
		case 'payment.succeeded':
			return number(payload.payment_amount);
		case 'payment.failed':
			return number(payload.amount_attempted);
		case 'invoice.created':
			return number(payload.amount);
		case 'invoice.status_changed': {
			// What was paid and what is still open are the invoice's amount.
			const [paid, open] = [number(payload.total_paid), number(payload.balance)];
			return paid === undefined || open === undefined ? undefined : paid + open;
		}
		default:
			return undefined;
	}
}

/** A number, or a text that is one, whose thousands may be set off by commas or spaces; undefined for anything else. */
function number(value: unknown): number | undefined {
	const digits = text(value).trim();
	if (typeof value === 'string' && !/^[+-]?(\d+|\d{1,3}([,\s]\d{3})+)(\.\d+)?$/.test(digits))
		return undefined;
	const parsed = Number(digits.replace(/[,\s]/g, '') || NaN);
	return Number.isFinite(parsed) ? parsed : undefined;
}

function text(value: unknown): string {
	return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
