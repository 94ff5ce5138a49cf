/** One event type: all that the package knows of it. */
export interface EventType {
	/** As the API spells it: compared case-sensitively (D). */
	type: string;
	title: string;
	/** When such an event happens, as a person sees it. */
	description: string;
	/** The payload's fields that together are the amount that the event is about (D), if it is about one. */
	amount?: readonly string[];
	/** Whether its payload says from which status a client moved to which (D). */
	movesClient?: true;
}

/** D: the canonical event types, by title. Whatever depends on a type is read from here. */
export const EVENT_TYPES: readonly EventType[] = [
	{ type: 'affiliate.created', title: 'Affiliate Created', description: 'A referral partner was added' },
	{ type: 'agreement.signed', title: 'Agreement Signed', description: 'An e-signature was completed' },
	{ type: 'client.created', title: 'Client Created', description: 'A new client was enrolled' },
	{
		type: 'client.status_changed',
		title: 'Client Status Changed',
		description: 'A client moved to another stage',
		movesClient: true,
	},
	{ type: 'document.uploaded', title: 'Document Uploaded', description: 'A file was attached to a record' },
	{
		type: 'invoice.created',
		title: 'Invoice Created',
		description: 'An invoice was generated',
		amount: ['amount'],
	},
	{
		type: 'invoice.status_changed',
		title: 'Invoice Status Changed',
		description: "An invoice's payment status changed",
		// What was paid, and what is still open.
		amount: ['total_paid', 'balance'],
	},
	{ type: 'lead.created', title: 'Lead Created', description: 'A lead was captured' },
	{
		type: 'payment.failed',
		title: 'Payment Failed',
		description: 'A payment was declined',
		amount: ['amount_attempted'],
	},
	{
		type: 'payment.succeeded',
		title: 'Payment Succeeded',
		description: 'A payment was processed',
		amount: ['payment_amount'],
	},
];
