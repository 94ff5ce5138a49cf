// The things that the CRM keeps, in the vendor's words.

/** The company that all records belong to, and every key that is not made for another (contract section 4's sample). */
export const companyId = 92;

export interface ClientStatus {
	status_id: number;
	status_name: string;
}

/** A lead or a client: they share the client_id space, and which one it is depends on the status alone. */
export interface CrmRecord {
	client_id: number;
	company_id: number;
	status: ClientStatus;
	first_name: string;
	last_name: string;
	email: string;
	phone: string | null;
	city: string | null;
	state: string | null;
	zip: string | null;
	package_keyword: string | null;
	employee_id: number | null;
	affiliate_id: number | null;
	external_id: string | null;
	created_utc: string;
	updated_utc: string;
	/** Fields that were sent and that the documentation does not list. */
	extra: Record<string, unknown>;
}

export interface Employee {
	employee_id: number;
	full_name: string;
	active: boolean;
}

export interface Affiliate {
	affiliate_id: number;
	first_name: string;
	last_name: string;
	email: string;
	phone: string | null;
	affiliate_code: string | null;
	approved: boolean;
	created_utc: string;
	updated_utc: string;
	extra: Record<string, unknown>;
}

export interface Note {
	client_note_id: number;
	client_id: number;
	text: string;
	note_type: string | null;
	visibility: string | null;
	external_id: string | null;
	created_utc: string;
	extra: Record<string, unknown>;
}

/** The ten documented event types (contract section 4). */
export const eventTypes = [
	'client.created',
	'client.status_changed',
	'lead.created',
	'invoice.created',
	'invoice.status_changed',
	'payment.succeeded',
	'payment.failed',
	'affiliate.created',
	'document.uploaded',
	'agreement.signed',
] as const;
export type EventType = (typeof eventTypes)[number];

/** An event as it is polled and delivered (contract section 4). */
export interface EventEnvelope {
	id: number;
	type: string;
	createdUtc: string;
	companyId: number;
	payload: object;
	metadata?: object;
}

export interface Subscription {
	id: number;
	targetUrl: string;
	eventTypes: string[];
	description: string | null;
	isActive: boolean;
	/** 32 random bytes in base64: the text that the create answer shows once. */
	secret: string;
	createdUtc: string;
	/** Failed attempts since the last success: what the circuit breaker counts. */
	consecutiveFailures: number;
}

/** A lead is a record whose status begins with "Lead" (contract section 2). */
export function isLead(record: { status: ClientStatus }): boolean {
	return record.status.status_name.startsWith('Lead');
}

/** First and last name in one. */
export function fullName(person: { first_name: string; last_name: string }): string {
	return `${person.first_name} ${person.last_name}`;
}
