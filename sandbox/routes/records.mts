// Leads and clients: create, update, update status (contract section 2).
import { ApiError, notFound } from '../errors.mts';
import { type ClientStatus, companyId, type CrmRecord, isLead } from '../store/model.mts';
import { activeClientStatus, newLeadStatus } from '../store/seed.mts';
import type { Answer, Store } from '../store/store.mts';
import { defined, Fields } from './fields.mts';
import type { Body, Call, Crm, Route } from './route.mts';

/** The six actions on leads and clients. */
export function recordRoutes(crm: Crm): Route[] {
	const action = { scope: 'integrations:write', bucket: 'write' } as const;
	const leads = '/api/v1/integrations/leads';
	const clients = '/api/v1/integrations/clients';
	return [
		{ ...action, method: 'POST', path: leads, handle: ({ body }) => createLead(crm, body) },
		{
			...action,
			method: 'PATCH',
			path: `${leads}/:client_id`,
			handle: ({ params, body }) => update(crm.store, leadAt(crm.store, params), body),
		},
		{
			...action,
			method: 'PATCH',
			path: `${leads}/:client_id/status`,
			handle: ({ params, body }) => updateStatus(crm, leadAt(crm.store, params), body, true),
		},
		{ ...action, method: 'POST', path: clients, handle: ({ body }) => createClient(crm, body) },
		{
			...action,
			method: 'PATCH',
			path: `${clients}/:client_id`,
			handle: ({ params, body }) => update(crm.store, recordAt(crm.store, params), body),
		},
		{
			...action,
			method: 'PATCH',
			path: `${clients}/:client_id/status`,
			handle: ({ params, body }) => updateStatus(crm, recordAt(crm.store, params), body, false),
		},
	];
}

/** The company's record of the path's client_id; throws 404 if there is none, 403 if it is another company's. */
export function recordAt(store: Store, params: Call['params']): CrmRecord {
	const record = store.records.get(Number(params.client_id));
	if (!record) throw notFound('Client');
	if (record.company_id !== companyId) {
		throw new ApiError(403, 'forbidden', 'This record belongs to another company');
	}
	return record;
}

/** As `recordAt`, but a record that is no lead (any more) is not there, as for Find Lead. */
function leadAt(store: Store, params: Call['params']): CrmRecord {
	const record = recordAt(store, params);
	if (!isLead(record)) throw notFound('Lead');
	return record;
}

/** Create Lead. In: the request's body. Out: 201 with client_id, status and created_utc, or a validation error. */
export function createLead(crm: Crm, body: Body): Answer {
	const fields = new Fields(body);
	return create(crm, fields, newLeadStatus, { package_keyword: fields.text('package_keyword') });
}

/** Create Client. In: the request's body. Out: 201 with client_id, status and created_utc, or a validation error. */
export function createClient(crm: Crm, body: Body): Answer {
	const fields = new Fields(body);
	const wanted = fields.text('status') ?? activeClientStatus.status_name;
	const status = crm.store.statuses.find((known) => known.status_name === wanted);
	if (!status) fields.problem('status', 'is not a known status');
	const employee_id = readEmployee(fields, crm.store, 'employee_id');
	return create(crm, fields, status ?? activeClientStatus, { employee_id });
}

function create(crm: Crm, fields: Fields, status: ClientStatus, own: Partial<CrmRecord>): Answer {
	const required = {
		first_name: fields.requiredText('first_name'),
		last_name: fields.requiredText('last_name'),
		email: fields.requiredEmail('email'),
	};
	const optional = defined({ ...own, ...readOptional(fields, crm.store) });
	fields.check();
	const now = crm.store.utcNow();
	const record: CrmRecord = {
		client_id: crm.store.nextId('client'),
		company_id: companyId,
		status,
		...required,
		phone: null,
		city: null,
		state: null,
		zip: null,
		package_keyword: null,
		employee_id: null,
		affiliate_id: null,
		external_id: null,
		...optional,
		created_utc: now,
		updated_utc: now,
		extra: fields.extra(),
	};
	crm.store.records.add(record);
	raiseCreated(crm, record);
	return {
		status: 201,
		body: { client_id: record.client_id, status: status.status_name, created_utc: now },
	};
}

/** A client made with a Lead status is a lead, so the event follows the status and not the path. */
function raiseCreated(crm: Crm, record: CrmRecord): void {
	const { client_id, first_name, last_name, email, phone, status, employee_id, affiliate_id } = record;
	const payload = {
		client_id,
		first_name,
		last_name,
		email,
		phone,
		status: status.status_name,
		status_id: status.status_id,
		created_date: record.created_utc,
	};
	if (isLead(record)) {
		crm.raise('lead.created', { ...payload, source: record.extra.source ?? null });
	} else {
		const employee_name = crm.store.employeeName(employee_id);
		crm.raise('client.created', { ...payload, employee_id, employee_name, affiliate_id });
	}
}

function update(store: Store, record: CrmRecord, body: Body): Answer {
	const fields = new Fields(body);
	const change = {
		...(fields.sent('first_name') && { first_name: fields.requiredText('first_name') }),
		...(fields.sent('last_name') && { last_name: fields.requiredText('last_name') }),
		...(fields.sent('email') && { email: fields.requiredEmail('email') }),
		...defined({
			...readOptional(fields, store),
			employee_id: readEmployee(fields, store, 'employee_id'),
		}),
	};
	fields.check();
	const updated_utc = store.utcNow();
	store.records.update(record, { ...change, updated_utc, extra: { ...record.extra, ...fields.extra() } });
	return { status: 200, body: { success: true, updated_utc, client_id: record.client_id } };
}

/** The optional fields that all four actions share. */
function readOptional(fields: Fields, store: Store): Partial<CrmRecord> {
	return {
		phone: fields.text('phone'),
		city: fields.text('city'),
		state: fields.text('state'),
		zip: fields.text('zip'),
		external_id: fields.text('external_id'),
		affiliate_id: fields.reference('affiliate_id', (id) => store.affiliates.has(id)),
	};
}

function readEmployee(fields: Fields, store: Store, name: string): number | null | undefined {
	return fields.reference(name, (id) => store.employeeName(id) !== null);
}

/**
 * Update Lead Status and Update Client Status. In: the record, the request's body, and whether it must stay a lead.
 * Out: 200 with the two statuses and the time, or a validation error.
 */
export function updateStatus(crm: Crm, record: CrmRecord, body: Body, leadStatusesOnly: boolean): Answer {
	const fields = new Fields(body);
	const changed_by_employee_id = readEmployee(fields, crm.store, 'changed_by_employee_id') ?? null;
	const status_note = fields.text('status_note') ?? null;
	const status = readNewStatus(fields, crm.store);
	if (leadStatusesOnly && !isLead({ status })) fields.problem('new_status', 'must begin with "Lead"');
	fields.check();
	const previous = record.status;
	const updated_utc = crm.store.utcNow();
	crm.store.records.update(record, { status, updated_utc });
	const change = { previous_status: previous.status_name, new_status: status.status_name };
	// Of the ten types none is about a lead that stays a lead.
	if (status !== previous && !(isLead({ status }) && isLead({ status: previous }))) {
		const by = { changed_date: updated_utc, changed_by_employee_id, status_note };
		crm.raise('client.status_changed', { client_id: record.client_id, ...change, ...by });
	}
	return { status: 200, body: { ...change, updated_utc } };
}

function readNewStatus(fields: Fields, store: Store): ClientStatus {
	const name = fields.text('new_status') ?? null;
	const id = fields.value('new_status_id') ?? null;
	if ((name === null) === (id === null)) {
		return fields.refuse('new_status', 'give either new_status or new_status_id');
	}
	const status = store.statuses.find((known) => known.status_name === name || known.status_id === id);
	return status ?? fields.refuse(name === null ? 'new_status_id' : 'new_status', 'is not a known status');
}
