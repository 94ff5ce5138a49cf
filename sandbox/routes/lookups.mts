// The four lookups (contract section 3): `{ <list>: […], count }` each.
import { companyId, fullName, isLead } from '../store/model.mts';
import type { Call, Crm, Route } from './route.mts';

/** Clients by text, active employees, approved affiliates, statuses. */
export function lookupRoutes({ store, dialect }: Crm): Route[] {
	const lookup = (path: string, list: (call: Call) => { key: string; items: object[] }): Route => ({
		method: 'GET',
		path: `/api/v1/integrations/lookups/${path}`,
		scope: 'integrations:read',
		bucket: 'read',
		handle(call) {
			const { key, items } = list(call);
			return { status: 200, body: { [key]: items, count: items.length } };
		},
	});
	const contact = (person: { first_name: string; last_name: string; email: string }) => ({
		full_name: fullName(person),
		...(dialect.lookupEmails === 'listed' && { email: person.email }),
	});
	return [
		lookup('clients', ({ query }) => {
			const text = (query.q ?? '').toLowerCase();
			const items = store.records
				.all()
				.filter((record) => record.company_id === companyId)
				.filter((record) => dialect.clientScope === 'all-records' || !isLead(record))
				.filter((record) => `${fullName(record)}\n${record.email}`.toLowerCase().includes(text))
				.map((record) => ({ client_id: record.client_id, ...contact(record) }));
			return { key: 'clients', items };
		}),
		lookup('employees', () => {
			const active = store.employees.filter((employee) => employee.active);
			const items = active.map(({ employee_id, full_name }) => ({ employee_id, full_name }));
			return { key: 'employees', items };
		}),
		lookup('affiliates', () => {
			const approved = [...store.affiliates.values()].filter((affiliate) => affiliate.approved);
			const items = approved.map((affiliate) => ({
				affiliate_id: affiliate.affiliate_id,
				...contact(affiliate),
			}));
			return { key: 'affiliates', items };
		}),
		lookup('client-statuses', () => ({ key: dialect.statusesKey, items: [...store.statuses] })),
	];
}
