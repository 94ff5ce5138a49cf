// What happens to every request, in order: log, key, scope, limit, body, faults, idempotency, work, answer.
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';

import type { FastifyReply, FastifyRequest } from 'fastify';

import { keepLast } from './bounded.mts';
import { ApiError, errorAnswer, htmlPage, notFound } from './errors.mts';
import type { Fault, FaultBox } from './faults.mts';
import type { ApiKey, KeyRing } from './keys.mts';
import { type Bucket, limitHeaders, type RateLimiter, type RateWindow } from './limits.mts';
import type { Body, Call, Crm, Route } from './routes/route.mts';
import type { Answer } from './store/store.mts';

/** One API request, as the log keeps it. */
export interface ReceivedRequest {
	/** The request id that the answer carried. */
	id: string;
	method: string;
	path: string;
	query: Record<string, string>;
	/** Names in lower case. */
	headers: FastifyRequest['headers'];
	rawBody: string;
	/** The parsed JSON; undefined if there was none or it was none. */
	body: unknown;
	/** The answered status; null while there is no answer, and for ever if the connection was reset. */
	status: number | null;
	/** Which bucket the request was counted in; null if it never came that far. */
	bucket: Bucket | null;
	keyId: string | null;
	/** Whether an idempotency key replayed an earlier answer. */
	replayed: boolean;
	/** When it arrived, as ISO text. */
	at: string;
}

/** What the pipeline works with. */
export interface Gate {
	crm: Crm;
	keys: KeyRing;
	limiter: RateLimiter;
	faults: FaultBox;
	requests: ReceivedRequest[];
	/** The writes that faults hold back. */
	lateWrites: Set<NodeJS.Timeout>;
	/** How many requests the log keeps. */
	logSize: number;
}

interface Wire {
	status: number;
	type: string;
	text: string;
}

/** The Fastify handler of a route; without a route, of every path that the contract does not know. */
export function answerWith(gate: Gate, route?: Route) {
	return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
		const entry = receive(gate, request);
		const answer = await decide(gate, route, entry, request.params as Call['params']);
		if (answer === 'reset') {
			// Cut as a crashed server would: the client sees ECONNRESET.
			reply.hijack();
			request.raw.socket.resetAndDestroy();
			return;
		}
		entry.status = answer.status;
		// Else Node.js would say what this machine's clock says.
		const date = new Date(gate.crm.store.now()).toUTCString();
		void reply
			.code(answer.status)
			.headers({ ...answer.headers, date })
			.type(answer.type)
			.send(answer.text);
	};
}

/** The answer to a request, the work done, or the decision to cut the connection. */
async function decide(
	gate: Gate,
	route: Route | undefined,
	entry: ReceivedRequest,
	params: Call['params'],
): Promise<(Wire & { headers: Record<string, string> }) | 'reset'> {
	const { dialect, store } = gate.crm;
	const ownHeaders = { [dialect.requestIdHeader]: entry.id };
	let window: RateWindow | undefined;
	let fault: Fault | undefined;
	let wire: Wire;
	let routeHeaders: Answer['headers'];
	try {
		if (!route || route.served?.() === false) throw notFound(`Route ${entry.method} ${entry.path}`);
		const key = authorise(gate, route, entry);
		entry.bucket = route.bucket;
		window = gate.limiter.take(key.id, route.bucket);
		if (!window.allowed) throw new ApiError(429, 'rate_limited', `Too many ${route.bucket} requests`);
		const drawn = gate.faults.draw(`${entry.method} ${entry.path}`);
		fault = drawn.fault;
		if (drawn.latencyMs > 0) await wait(drawn.latencyMs, undefined, { ref: false });
		if (fault?.kind.startsWith('proxy-')) return { ...proxyAnswer(fault), headers: {} };
		const call = { params, companyId: key.companyId };
		if (fault?.kind.endsWith('-late')) performLater(gate, fault, () => perform(gate.crm, route, entry, call));
		if (fault?.kind === 'reset-before' || fault?.kind === 'reset-late') return 'reset';
		if (fault?.kind === 'status-before' || fault?.kind === 'status-late') throw faultError(fault);
		if (fault?.kind === 'declined') return { ...declined(), headers: ownHeaders };
		const answer = perform(gate.crm, route, entry, call);
		const text = answer.body === undefined ? '' : JSON.stringify(answer.body);
		wire = { status: answer.status, type: 'application/json; charset=utf-8', text };
		routeHeaders = answer.headers;
	} catch (error) {
		if (!(error instanceof ApiError)) throw error;
		wire = errorAnswer(error, dialect);
	}
	if (fault?.kind === 'reset-after') return 'reset';
	if (fault?.kind === 'status-after') wire = errorAnswer(faultError(fault), dialect);
	if (fault?.kind === 'garbage') wire = { ...wire, status: fault.status ?? wire.status, text: '{"client_' };
	if (fault?.kind === 'html') {
		const text = htmlPage('Please wait', 'The service is being updated.');
		wire = { status: fault.status ?? wire.status, type: 'text/html; charset=utf-8', text };
	}
	const headers = window ? limitHeaders(wire.status, window, dialect, store.now()) : {};
	return { ...wire, headers: { ...headers, ...routeHeaders, ...ownHeaders } };
}

/** Does a write some time after it was answered, as a server does that a gateway gave up on. */
function performLater({ lateWrites }: Gate, { ms = 1000 }: Fault, work: () => Answer): void {
	const timer = setTimeout(() => {
		lateWrites.delete(timer);
		try {
			work();
		} catch (error) {
			// What the API refuses has no effect, and nobody waits for its answer.
			if (!(error instanceof ApiError)) throw error;
		}
	}, ms);
	timer.unref();
	lateWrites.add(timer);
}

function proxyAnswer({ kind, status = 502 }: Fault): Wire {
	return kind === 'proxy-page'
		? { status, type: 'text/html; charset=utf-8', text: htmlPage('Proxy', 'There is nothing here.') }
		: { status, type: 'text/plain; charset=utf-8', text: `${status} page not found` };
}

function declined(): Wire {
	const text = JSON.stringify({ success: false, message: 'The record is locked' });
	return { status: 200, type: 'application/json; charset=utf-8', text };
}

function receive(gate: Gate, request: FastifyRequest): ReceivedRequest {
	const { pathname, searchParams } = new URL(`http://sandbox${request.url}`);
	const rawBody = Buffer.isBuffer(request.body) ? request.body.toString() : '';
	const entry: ReceivedRequest = {
		id: randomUUID(),
		method: request.method,
		path: pathname,
		query: Object.fromEntries(searchParams),
		headers: request.headers,
		rawBody,
		body: parse(rawBody),
		status: null,
		bucket: null,
		keyId: null,
		replayed: false,
		at: new Date().toISOString(),
	};
	keepLast(gate.requests, entry, gate.logSize);
	return entry;
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** The request's key, if it may use the route; throws 401 or 403. */
function authorise(gate: Gate, route: Route, entry: ReceivedRequest): ApiKey {
	const sent = entry.headers['x-api-key'];
	if (typeof sent !== 'string' || sent === '') throw new ApiError(401, 'unauthorized', 'API key missing');
	const key = gate.keys.find(sent);
	if (!key) throw new ApiError(401, 'unauthorized', 'API key not accepted');
	entry.keyId = key.id;
	if (!key.scopes.includes(route.scope)) {
		throw new ApiError(403, 'missing_scope', `This API key lacks the scope ${route.scope}`);
	}
	return key;
}

/** Does the route's work, or replays the answer to an action that was done before with the same idempotency key. */
function perform(
	{ store, dialect }: Crm,
	route: Route,
	entry: ReceivedRequest,
	call: Pick<Call, 'params' | 'companyId'>,
): Answer {
	const idempotencyKey = entry.headers['idempotency-key'];
	const isAction = route.scope === 'integrations:write' && dialect.idempotency === 'honoured';
	const slot =
		isAction && typeof idempotencyKey === 'string'
			? JSON.stringify([entry.keyId, entry.method, entry.path, idempotencyKey])
			: undefined;
	const before = slot === undefined ? undefined : store.idempotent.get(slot);
	if (before) {
		store.idempotentReplays += 1;
		entry.replayed = true;
		return before;
	}
	const answer = route.handle({ ...call, query: entry.query, body: bodyOf(entry) });
	if (slot !== undefined) store.idempotent.set(slot, answer);
	return answer;
}

function bodyOf({ rawBody, body }: ReceivedRequest): Body {
	if (rawBody === '') return {};
	if (body === undefined) throw new ApiError('validation', 'invalid_json', 'The body is not valid JSON');
	if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Body;
	throw new ApiError('validation', 'invalid_json', 'The body is not a JSON object');
}

function faultError(fault: Fault): ApiError {
	return new ApiError(fault.status ?? 503, 'unavailable', 'The service is unavailable');
}
