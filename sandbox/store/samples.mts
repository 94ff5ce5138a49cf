// A realistic payload for each event type, from the fields and sample facts in the contract's section 4.
import { eventTypes, type EventType } from './model.mts';

const day = '2026-01-28T10:30:00Z';
const person = {
	client_id: 12345,
	first_name: 'Jane',
	last_name: 'Smith',
	email: 'jane.smith@example.com',
	phone: '+14155551234',
};

const samples: Record<EventType, object> = {
	'client.created': {
		...person,
		status: 'Client - Active',
		status_id: 42,
		employee_id: 7,
		employee_name: 'John Advisor',
		affiliate_id: null,
		created_date: day,
	},
	'client.status_changed': {
		client_id: 12345,
		previous_status: 'Client - Active',
		new_status: 'Client - Graduated',
		changed_date: day,
		changed_by_employee_id: 7,
		status_note: 'All rounds finished',
	},
	'lead.created': {
		...person,
		client_id: 12401,
		first_name: 'Leo',
		last_name: 'Lead',
		email: 'leo.lead@example.com',
		status: 'Lead - New',
		status_id: 11,
		source: 'website',
		created_date: day,
	},
	'invoice.created': {
		invoice_id: 8801,
		client_id: 12345,
		amount: 99.0,
		due_date: '2026-02-28',
		description: 'Monthly plan',
		invoice_status: 'Unpaid',
	},
	'invoice.status_changed': {
		invoice_id: 8801,
		client_id: 12345,
		previous_status: 'Unpaid',
		new_status: 'Paid',
		changed_date: day,
		total_paid: 99.0,
		balance: 0,
	},
	'payment.succeeded': {
		payment_id: 5501,
		invoice_id: 8801,
		client_id: 12345,
		payment_amount: 99.0,
		payment_method: 'Credit Card',
		date_paid: day,
		transaction_id: 'ch_3AbCdEfGhIjK',
	},
	'payment.failed': {
		payment_id: 5502,
		invoice_id: 8801,
		client_id: 12345,
		amount_attempted: 99.0,
		failure_reason: 'Card declined',
	},
	'affiliate.created': {
		employee_id: 301,
		full_name: 'Paula Partner',
		email: 'paula@partner.example',
		phone: null,
		is_approved_affiliate: true,
		created_date: day,
	},
	// The payloads of these two are unpublished: nothing but the client they must belong to.
	'document.uploaded': { client_id: 12345 },
	'agreement.signed': { client_id: 12345 },
};

/** Whether the type is one of the ten. */
export function isEventType(type: string): type is EventType {
	return eventTypes.some((known) => known === type);
}

/** A fresh sample payload of the type; an empty one for a type outside the ten. */
export function samplePayload(type: string): object {
	return isEventType(type) ? { ...samples[type] } : {};
}
