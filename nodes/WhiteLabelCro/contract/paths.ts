/** D. Where a record is addressed, its ID is a positive integer that the caller has checked. */
export const PATHS = {
	leads: '/api/v1/integrations/leads',
	lead: (clientId: number) => `/api/v1/integrations/leads/${clientId}`,
	leadStatus: (clientId: number) => `/api/v1/integrations/leads/${clientId}/status`,
	clients: '/api/v1/integrations/clients',
	client: (clientId: number) => `/api/v1/integrations/clients/${clientId}`,
	clientStatus: (clientId: number) => `/api/v1/integrations/clients/${clientId}/status`,
	/** A: where notes and affiliates are written. */
	clientNotes: (clientId: number) => `/api/v1/integrations/clients/${clientId}/notes`,
	affiliates: '/api/v1/integrations/affiliates',
	affiliate: (affiliateId: number) => `/api/v1/integrations/affiliates/${affiliateId}`,
	/** C: `/search` on most pages, `/find` on one. */
	searches: {
		client: ['/api/v1/integrations/clients/search', '/api/v1/integrations/clients/find'],
		lead: ['/api/v1/integrations/leads/search', '/api/v1/integrations/leads/find'],
	},
	lookups: {
		clients: '/api/v1/integrations/lookups/clients',
		employees: '/api/v1/integrations/lookups/employees',
		affiliates: '/api/v1/integrations/lookups/affiliates',
		clientStatuses: '/api/v1/integrations/lookups/client-statuses',
	},
	events: '/api/v1/events',
	testEvents: '/api/v1/events/test',
	subscriptions: '/api/v1/webhooks/subscriptions',
	subscription: (id: string) => `/api/v1/webhooks/subscriptions/${encodeURIComponent(id)}`,
} as const;

/** D: the rate-limit buckets of an API key. */
export type Bucket = 'read' | 'write' | 'admin';

/** D: the bucket that a call counts against. */
export function bucketOf(method: string, path: string): Bucket {
	if (method === 'GET') return 'read';
	const managesSubscriptions = path.startsWith(PATHS.subscriptions) && method !== 'DELETE';
	return managesSubscriptions || path === PATHS.testEvents ? 'admin' : 'write';
}
