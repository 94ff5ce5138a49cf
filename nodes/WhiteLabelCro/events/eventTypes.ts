/** The ten canonical event types as a person sees them, by name. */
export const eventTypeOptions = [
	{ name: 'Affiliate Created', value: 'affiliate.created', description: 'A referral partner was added' },
	{ name: 'Agreement Signed', value: 'agreement.signed', description: 'An e-signature was completed' },
	{ name: 'Client Created', value: 'client.created', description: 'A new client was enrolled' },
	{
		name: 'Client Status Changed',
		value: 'client.status_changed',
		description: 'A client moved to another stage',
	},
	{ name: 'Document Uploaded', value: 'document.uploaded', description: 'A file was attached to a record' },
	{ name: 'Invoice Created', value: 'invoice.created', description: 'An invoice was generated' },
	{
		name: 'Invoice Status Changed',
		value: 'invoice.status_changed',
		description: "An invoice's payment status changed",
	},
	{ name: 'Lead Created', value: 'lead.created', description: 'A lead was captured' },
	{ name: 'Payment Failed', value: 'payment.failed', description: 'A payment was declined' },
	{ name: 'Payment Succeeded', value: 'payment.succeeded', description: 'A payment was processed' },
];
