// Find Client and Find Lead (contract section 3).
import type { Dialect } from '../dialect.mts';
import { invalid, notFound } from '../errors.mts';
import { companyId, type CrmRecord, fullName, isLead } from '../store/model.mts';
import type { SearchCriteria } from '../store/records.mts';
import type { Answer, Store } from '../store/store.mts';
import type { Call, Crm, Route } from './route.mts';

/** Both searches, under `/search` and `/find`; the dialect says which of the two is served. */
export function searchRoutes({ store, dialect }: Crm): Route[] {
	return (['client', 'lead'] as const).flatMap((kind) =>
		(['search', 'find'] as const).map(
			(last): Route => ({
				method: 'GET',
				path: `/api/v1/integrations/${kind}s/${last}`,
				scope: 'integrations:read',
				bucket: 'read',
				served: () => dialect.searchPath === last || dialect.searchPath === 'both',
				handle({ query }) {
					const leadsOnly = kind === 'lead';
					const clientsOnly = !leadsOnly && dialect.clientScope === 'clients-only';
					const record = store.records
						.find(readCriteria(query))
						.filter((found) => found.company_id === companyId)
						.find((found) => (isLead(found) ? !clientsOnly : !leadsOnly));
					return record
						? { status: 200, body: wrapHit(hit(record, store), kind, dialect.searchHit) }
						: nothing(kind, dialect.searchEmpty);
				},
			}),
		),
	);
}

function readCriteria(query: Call['query']): SearchCriteria {
	const { email, phone, external_id, client_id } = query;
	if (!email && !phone && !external_id && !client_id) {
		throw invalid({ query: ['give at least one of email, phone, client_id, external_id'] });
	}
	if (client_id && !/^\d+$/.test(client_id)) throw invalid({ client_id: ['must be a whole number'] });
	return {
		...(email && { email }),
		...(phone && { phone }),
		...(external_id && { external_id }),
		...(client_id && { client_id: Number(client_id) }),
	};
}

/** The fourteen documented fields of a hit and nothing else. */
function hit(record: CrmRecord, store: Store): object {
	const affiliate = store.affiliates.get(record.affiliate_id ?? NaN);
	return {
		client_id: record.client_id,
		first_name: record.first_name,
		last_name: record.last_name,
		full_name: fullName(record),
		email: record.email,
		phone: record.phone,
		status: record.status.status_name,
		status_id: record.status.status_id,
		status_name: record.status.status_name,
		employee_id: record.employee_id,
		employee_name: store.employeeName(record.employee_id),
		affiliate_id: record.affiliate_id,
		affiliate_name: affiliate ? fullName(affiliate) : null,
		created_utc: record.created_utc,
	};
}

function wrapHit(found: object, kind: 'client' | 'lead', form: Dialect['searchHit']): unknown {
	switch (form) {
		case 'bare':
			return found;
		case 'array':
			return [found];
		case 'named':
			return { [kind]: found };
		case 'data':
			return { data: found };
		case 'result':
			return { result: found };
		case 'results':
			return { results: found };
		case 'data-array':
			return { data: [found] };
		case 'results-array':
			return { results: [found], count: 1 };
	}
}

function nothing(kind: 'client' | 'lead', form: Dialect['searchEmpty']): Answer {
	switch (form) {
		case 'not-found':
			throw notFound(kind === 'client' ? 'Client' : 'Lead');
		case 'no-content':
			return { status: 204 };
		case 'null':
			return { status: 200, body: null };
		case 'object':
			return { status: 200, body: {} };
		case 'array':
			return { status: 200, body: [] };
		case 'named-null':
			return { status: 200, body: { [kind]: null } };
		case 'data-array':
			return { status: 200, body: { data: [] } };
		case 'results-array':
			return { status: 200, body: { results: [], count: 0 } };
	}
}
