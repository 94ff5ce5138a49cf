// What is in the CRM when it starts: the same on every start, so that tests and demos can name it.
import type { Affiliate, ClientStatus, CrmRecord, Employee } from './model.mts';
import { companyId } from './model.mts';

/** The company's statuses; 42 is the id that the vendor's sample gives "Client - Active". */
export const seedStatuses = [
	{ status_id: 11, status_name: 'Lead - New' },
	{ status_id: 12, status_name: 'Lead - Contacted' },
	{ status_id: 13, status_name: 'Lead - Qualified' },
	{ status_id: 42, status_name: 'Client - Active' },
	{ status_id: 43, status_name: 'Client - On Hold' },
	{ status_id: 44, status_name: 'Client - Graduated' },
	{ status_id: 45, status_name: 'Client - Cancelled' },
] as const satisfies readonly ClientStatus[];

/** What Create Lead and Create Client give (contract section 2). */
export const newLeadStatus: ClientStatus = seedStatuses[0];
export const activeClientStatus: ClientStatus = seedStatuses[3];

export const seedEmployees: readonly Employee[] = [
	{ employee_id: 7, full_name: 'John Advisor', active: true },
	{ employee_id: 8, full_name: 'Mia Keller', active: true },
	{ employee_id: 9, full_name: 'Søren Ångström', active: true },
	{ employee_id: 10, full_name: 'Former Colleague', active: false },
];

const seedTime = '2026-01-28T10:30:00Z';

/** Affiliates; their ids come from another range than the employees', since events call both `employee_id`. */
export function seedAffiliates(): Affiliate[] {
	return (
		[
			[301, 'Paula', 'Partner', 'paula@partner.example', true],
			[302, 'Rafael', 'Referral', 'rafael@referral.example', true],
			[303, 'Nora', 'New', 'nora@new.example', false],
		] as const
	).map(([affiliate_id, first_name, last_name, email, approved]) => ({
		affiliate_id,
		first_name,
		last_name,
		email,
		phone: null,
		affiliate_code: null,
		approved,
		created_utc: seedTime,
		updated_utc: seedTime,
		extra: {},
	}));
}

const firstNames = ['Ada', 'Ben', 'Cora', 'Dev', 'Elif', 'Finn', 'Gita', 'Hugo'];
const lastNames = ['Adams', 'Brook', 'Castillo', 'Dunn', 'Evans', 'Fox', 'Garcia', 'Hill'];
/** Records that a test or a demo can rely on by id: client_id, name, status. */
const named: readonly (readonly [number, string, string, ClientStatus])[] = [
	[12345, 'Jane', 'Smith', activeClientStatus],
	[12346, 'Zoë 🎉', "O'Brien-Müller", activeClientStatus],
	[12347, '美咲', '田中', activeClientStatus],
	[12348, 'ليلى', 'حداد', seedStatuses[5]],
	[12401, 'Leo', 'Lead', newLeadStatus],
	[12402, 'Lena', 'Lead', seedStatuses[1]],
	[12403, 'מאיה', 'לוי', seedStatuses[2]],
];
/** A record of another company: any use of it is a 403. */
export const foreignClientId = 99001;

/** Leads and clients: the named ones, 64 more clients for lists longer than a page, and one of another company. */
export function seedRecords(): CrmRecord[] {
	const many = firstNames.flatMap((first, row) =>
		lastNames.map((last, column) => {
			const status = column === 0 ? seedStatuses[4] : activeClientStatus;
			return makeRecord(12501 + row * lastNames.length + column, first, last, status);
		}),
	);
	const foreign = {
		...makeRecord(foreignClientId, 'Other', 'Company', activeClientStatus),
		company_id: companyId + 1,
	};
	return [...named.map((row) => makeRecord(...row)), ...many, foreign];
}

function makeRecord(
	client_id: number,
	first_name: string,
	last_name: string,
	status: ClientStatus,
): CrmRecord {
	const isJane = client_id === 12345;
	const local = /^[a-z]+$/i.test(first_name + last_name)
		? `${first_name}.${last_name}`.toLowerCase()
		: `client${client_id}`;
	return {
		client_id,
		company_id: companyId,
		status,
		first_name,
		last_name,
		email: `${local}@example.com`,
		phone: isJane ? '+14155551234' : `+1415556${String(client_id % 10_000).padStart(4, '0')}`,
		city: null,
		state: null,
		zip: null,
		package_keyword: null,
		employee_id: isJane ? 7 : null,
		affiliate_id: client_id % 10 === 0 ? 301 : null,
		external_id: client_id % 5 === 0 && !isJane ? `crm-${client_id}` : null,
		created_utc: seedTime,
		updated_utc: seedTime,
		extra: {},
	};
}
