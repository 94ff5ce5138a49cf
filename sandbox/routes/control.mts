// The sandbox's own endpoints, under a reserved path and only if the sandbox was started with them.
import { createHash } from 'node:crypto';

import type { FastifyInstance } from 'fastify';

import { defaultDialect, type Dialect, dialectChoices, dialectNumbers } from '../dialect.mts';
import { ApiError, errorAnswer } from '../errors.mts';
import { deliveryKinds, type Fault, faultKinds, requestKinds } from '../faults.mts';
import { type Scope, scopes } from '../keys.mts';
import type { Bucket, Limits } from '../limits.mts';
import { overview } from '../overview.mts';
import type { Sandbox } from '../server.mts';
import { withAmount } from '../store/amounts.mts';
import { samplePayload } from '../store/samples.mts';
import { refuseOtherPages } from './otherPages.mts';
import type { Body } from './route.mts';

/** Everything below this path is the sandbox and not the CRM. */
export const controlPath = '/__sandbox';

const text = { type: 'string' };
const object = { type: 'object' };
const count = { type: 'integer', minimum: 1 };
const amount = { type: 'number', exclusiveMinimum: 0 };
const faultFields = {
	route: text,
	kind: { enum: faultKinds },
	times: count,
	every: count,
	probability: { type: 'number', minimum: 0, maximum: 1 },
	seed: { type: 'integer' },
	status: { type: 'integer', minimum: 200, maximum: 599 },
	ms: count,
};

/** The events that stand for what happens to a client outside the API. */
const clientEvents = ['payment.succeeded', 'payment.failed', 'document.uploaded', 'agreement.signed'];
const statusFields = {
	new_status: text,
	new_status_id: count,
	status_note: text,
	changed_by_employee_id: count,
};

/** The schema of a path with this whole number in it. */
function at(name: string) {
	return { params: { type: 'object', properties: { [name]: count } } };
}

/** The schema of a body with these properties, the required ones named. */
function body(properties: Record<string, object>, ...required: string[]) {
	return { schema: { body: { type: 'object', properties, required } } };
}

/** Registers the control endpoints: what the in-process handle can do, as JSON and without a key. A wrong body is a 400. */
export function controlRoutes(app: FastifyInstance, sandbox: Sandbox): void {
	const { store, faults } = sandbox;
	app.removeAllContentTypeParsers();
	app.addContentTypeParser(
		'application/json',
		{ parseAs: 'string' },
		app.getDefaultJsonParser('error', 'error'),
	);
	refuseOtherPages(app);
	app.setErrorHandler((error: Error, _request, reply) => {
		if (!(error instanceof ApiError)) return reply.code(400).send({ message: error.message });
		const { status, type, text } = errorAnswer(error, defaultDialect());
		return reply.code(status).type(type).send(text);
	});

	app.get('/state', () => ({
		...store.toJSON(),
		dialect: sandbox.dialect,
		limits: sandbox.limits,
		faults: faults.list(),
	}));
	// Asked for every second: whoever has seen it already gets a 304 without a body.
	app.get('/overview', (request, reply) => {
		const text = JSON.stringify(overview(sandbox));
		const etag = `"${createHash('sha1').update(text).digest('base64url')}"`;
		void reply.header('etag', etag);
		if (request.headers['if-none-match'] === etag) return reply.code(304).send();
		return reply.type('application/json; charset=utf-8').send(text);
	});
	app.get('/requests', () => sandbox.requests);
	app.get('/deliveries', () => sandbox.deliveries);
	app.get('/settled', async () => {
		await sandbox.settled();
		return { settled: true };
	});
	app.post<{ Body: { type: string; payload?: object; metadata?: object; amount?: number } }>(
		'/raise',
		body({ type: text, payload: object, metadata: object, amount }, 'type'),
		({ body: { type, payload = samplePayload(type), metadata, amount } }) =>
			sandbox.raise(type, withAmount(type, payload, amount), metadata),
	);
	app.post<{ Body: { eventId: number } }>('/redeliver', body({ eventId: count }, 'eventId'), (request) => {
		sandbox.redeliver(request.body.eventId);
		return store.event(request.body.eventId);
	});
	app.post<{ Body: Body | undefined }>('/leads', (request) => sandbox.createLead(request.body));
	app.post<{ Body: Body | undefined }>('/clients', (request) => sandbox.createClient(request.body));
	app.patch<{ Params: { client_id: number }; Body: Body }>(
		'/clients/:client_id/status',
		{ schema: { ...at('client_id'), ...body(statusFields).schema } },
		(request) => {
			const latest = store.events.at(-1);
			const change = sandbox.changeStatus(request.params.client_id, request.body);
			const event = store.events.at(-1);
			return { ...change, ...(event !== latest && { event }) };
		},
	);
	app.post<{ Params: { client_id: number }; Body: { type: string; amount?: number } }>(
		'/clients/:client_id/events',
		{ schema: { ...at('client_id'), ...body({ type: { enum: clientEvents }, amount }, 'type').schema } },
		({ params, body }) => sandbox.raiseAbout(params.client_id, body.type, body.amount),
	);
	app.post<{ Params: { id: number } }>('/subscriptions/:id/trip', { schema: at('id') }, (request) => {
		sandbox.tripBreaker(request.params.id);
		return { tripped: true };
	});
	app.post<{ Params: { id: number } }>('/subscriptions/:id/enable', { schema: at('id') }, (request) => {
		sandbox.enableSubscription(request.params.id);
		return { enabled: true };
	});
	app.get('/dialect', () => ({ now: sandbox.dialect, choices: dialectChoices, numbers: dialectNumbers }));
	app.patch<{ Body: Partial<Dialect> }>('/dialect', body({}), (request) => {
		sandbox.setDialect(request.body);
		return sandbox.dialect;
	});
	app.patch<{ Body: Partial<Limits> }>('/limits', body({}), (request) => {
		sandbox.setLimits(request.body);
		return sandbox.limits;
	});
	app.post<{ Body: { key: string; bucket: Bucket; count: number } }>(
		'/limits/consume',
		body({ key: text, bucket: { enum: ['read', 'write', 'admin'] }, count }, 'key', 'bucket', 'count'),
		(request) => sandbox.consume(request.body.key, request.body.bucket, request.body.count),
	);
	app.get('/faults', () => ({
		now: faults.list(),
		kinds: { delivery: deliveryKinds, request: requestKinds },
	}));
	app.post<{ Body: Fault }>('/faults', body(faultFields, 'route', 'kind'), (request) => {
		faults.inject(request.body);
		return faults.list();
	});
	app.delete('/faults', () => {
		faults.clear();
		return [];
	});
	app.post<{ Body: { scopes: Scope[] } }>(
		'/keys',
		body({ scopes: { type: 'array', items: { enum: scopes } } }, 'scopes'),
		(request) => ({ key: sandbox.createKey(request.body.scopes) }),
	);
	app.post<{ Body: { key: string } }>('/keys/revoke', body({ key: text }, 'key'), (request) => {
		sandbox.revokeKey(request.body.key);
		return { revoked: true };
	});
	app.post('/reset', () => {
		sandbox.reset();
		return { reset: true };
	});
}
