/** A field of a collection, as it goes over the wire. */
interface WireField {
	name: string;
	/** What its value has to be, if it is not just a text. */
	holds?: 'id' | 'email';
}

/** The fields of all collections (Additional Fields, Update Fields, Search By), by the names of their parameters. */
export const WIRE_FIELDS: Readonly<Record<string, WireField>> = {
	affiliateCode: { name: 'affiliate_code' },
	affiliateId: { name: 'affiliate_id', holds: 'id' },
	changedByEmployeeId: { name: 'changed_by_employee_id', holds: 'id' },
	city: { name: 'city' },
	clientId: { name: 'client_id', holds: 'id' },
	email: { name: 'email', holds: 'email' },
	employeeId: { name: 'employee_id', holds: 'id' },
	externalId: { name: 'external_id' },
	firstName: { name: 'first_name' },
	lastName: { name: 'last_name' },
	name: { name: 'name' },
	noteType: { name: 'note_type' },
	packageKeyword: { name: 'package_keyword' },
	phone: { name: 'phone' },
	state: { name: 'state' },
	status: { name: 'status' },
	statusNote: { name: 'status_note' },
	visibility: { name: 'visibility' },
	zip: { name: 'zip' },
};
