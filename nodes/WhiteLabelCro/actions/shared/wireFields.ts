import type { INodeProperties } from 'n8n-workflow';

/** A field of a collection, as it goes over the wire. */
export interface WireField {
	name: string;
	/** What its value is: a `key` is the writer's own ID, a `word` is any other short text. Without, it is free text. */
	holds?: 'id' | 'email' | 'key' | 'phone' | 'word' | 'zip';
}

/** The fields of all collections (Additional Fields, Update Fields, Search By), by the names of their parameters. */
export const WIRE_FIELDS: Readonly<Record<string, WireField>> = {
	affiliateCode: { name: 'affiliate_code', holds: 'key' },
	affiliateId: { name: 'affiliate_id', holds: 'id' },
	changedByEmployeeId: { name: 'changed_by_employee_id', holds: 'id' },
	city: { name: 'city', holds: 'word' },
	clientId: { name: 'client_id', holds: 'id' },
	email: { name: 'email', holds: 'email' },
	employeeId: { name: 'employee_id', holds: 'id' },
	externalId: { name: 'external_id', holds: 'key' },
	firstName: { name: 'first_name', holds: 'word' },
	lastName: { name: 'last_name', holds: 'word' },
	name: { name: 'name', holds: 'word' },
	noteType: { name: 'note_type', holds: 'word' },
	packageKeyword: { name: 'package_keyword', holds: 'word' },
	phone: { name: 'phone', holds: 'phone' },
	state: { name: 'state', holds: 'word' },
	status: { name: 'status', holds: 'word' },
	statusNote: { name: 'status_note' },
	visibility: { name: 'visibility', holds: 'word' },
	zip: { name: 'zip', holds: 'zip' },
};

/**
 * What a form calls a field, by its wire name, which a server may also write as `EmployeeId` or `body.employee_id`. Undefined if
 * the form does not have it.
 */
export function formTitle(properties: INodeProperties[], field: string): string | undefined {
	const wanted = plain(field.split(/[./]/).at(-1) ?? '');
	const fields = properties.flatMap((property) =>
		property.type === 'collection' ? (property.options as INodeProperties[]) : [property],
	);
	return fields.find(({ name, displayName }) =>
		[WIRE_FIELDS[name]?.name ?? name, displayName].some((each) => plain(each) === wanted),
	)?.displayName;
}

function plain(name: string): string {
	return name.replace(/[^a-z\d]/gi, '').toLowerCase();
}

/** A wire name as a person reads it: `client_id` as "Client ID". */
export function titleOf(field: string): string {
	const words = field.split('_').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
	return words.join(' ').replace(/\b(Id|Utc)\b/, (word) => word.toUpperCase());
}
