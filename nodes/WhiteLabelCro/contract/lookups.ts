import type { IDataObject } from 'n8n-workflow';

import { firstOf, textOf } from './json';

/** The names under which each lookup's rows may stand, and under which a row's ID and label may stand. All but employees are A. */
export const LOOKUP_ROWS = {
	clients: { rows: ['clients'], id: ['client_id', 'id'], label: ['full_name', 'name'] },
	employees: { rows: ['employees'], id: ['employee_id', 'id'], label: ['full_name', 'name'] },
	affiliates: {
		rows: ['affiliates'],
		id: ['affiliate_id', 'employee_id', 'id'],
		label: ['full_name', 'name'],
	},
	clientStatuses: {
		rows: ['client_statuses', 'statuses'],
		id: ['status_id', 'id'],
		label: ['status_name', 'name', 'status'],
	},
} as const;

export type Lookup = keyof typeof LOOKUP_ROWS;

/** One row of a lookup as an ID, what a person calls it, and an email (A) if it has one. A row without an ID is undefined. */
export function readLookupRow(
	lookup: Lookup,
	row: IDataObject,
): { id: string; label: string; email?: string } | undefined {
	const id = textOf(firstOf(row, LOOKUP_ROWS[lookup].id));
	if (id === undefined) return undefined;
	const fullName = [row.first_name, row.last_name].map(textOf).filter(Boolean).join(' ');
	const label = textOf(firstOf(row, LOOKUP_ROWS[lookup].label)) ?? (fullName || id);
	return { id, label, email: textOf(row.email) };
}
