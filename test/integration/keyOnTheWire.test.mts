// Whom the API key reaches, on n8n's real request helpers: those of its HTTP Request node, which sends with a credential
// whatever its user sets, and the one of this package's nodes.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, RequestListener, Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import tls from 'node:tls';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CredentialTestContext } from 'n8n-core';
import type { IExecuteFunctions, IHttpRequestOptions, INodeCredentialTestResult } from 'n8n-workflow';

import { selfSigned } from './certificate.mts';
import { startEngine } from './engine.mts';
import type { Engine } from './engine.mts';

const API_KEY = 'wlcro_live_92_on-the_wire';
const HOST = 'api.example.test';
const PATH = '/api/v1/integrations/lookups/employees';
const { cert, key } = selfSigned(HOST);

/** Each request that a server of this test got, at whichever of them: whoever reads it has the key. */
const received: Array<{ by: string; url?: string; headers: IncomingHttpHeaders }> = [];
const keysReceivedBy = (name: string) =>
	received.filter(({ by, headers }) => by === name && JSON.stringify(headers).includes(API_KEY)).length;

const servers: Server[] = [];
const sockets = new Set<Socket>();
const ports: Record<string, number> = {};

async function listen(name: string, server: Server): Promise<void> {
	servers.push(server);
	server.on('connection', (socket: Socket) => sockets.add(socket));
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	ports[name] = (server.address() as AddressInfo).port;
}

const recorder =
	(by: string): RequestListener =>
	({ url, headers }, response) => {
		received.push({ by, url, headers });
		response.setHeader('content-type', 'application/json').end('{"employees":[]}');
	};

beforeAll(async () => {
	await listen('tls', createTlsServer({ cert, key }, recorder('tls')) as unknown as Server);
	await listen('plain', createServer(recorder('plain')));
	await listen('stranger', createServer(recorder('stranger')));
	// Whatever host it is asked for, it connects to the server with the certificate of its own making.
	const proxy = createServer(recorder('proxy'));
	proxy.on('connect', ({ headers }: { headers: IncomingHttpHeaders }, socket: Socket) => {
		received.push({ by: 'proxy', headers });
		const upstream = connect(ports.tls ?? 0, '127.0.0.1', () => {
			socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
			upstream.pipe(socket).pipe(upstream);
		});
		for (const end of [socket, upstream]) end.on('error', () => socket.destroy());
		sockets.add(upstream);
	});
	await listen('proxy', proxy);
});
afterAll(() => {
	for (const server of servers) server.close();
	for (const socket of sockets) socket.destroy();
});

beforeEach(() => {
	received.length = 0;
});
afterEach(() => {
	jest.restoreAllMocks();
});

/** As on a machine whose administrator has added the certificate to those it trusts. */
function trustTheCertificate(): void {
	const create = tls.createSecureContext;
	jest.spyOn(tls, 'createSecureContext').mockImplementation((options) => create({ ...options, ca: cert }));
}

const proxyUrl = () => `http://127.0.0.1:${ports.proxy}`;
const proxyParts = () => ({ protocol: 'http', host: '127.0.0.1', port: ports.proxy ?? 0 });

type OlderRequest = Parameters<IExecuteFunctions['helpers']['requestWithAuthentication']>[1];

/** As n8n's HTTP Request node sends with a credential. */
async function asHttpRequestNode(engine: Engine, options: OlderRequest): Promise<unknown> {
	const context = engine.executeContext();
	// eslint-disable-next-line @typescript-eslint/no-deprecated -- The HTTP Request node uses it all the same.
	return await context.helpers.requestWithAuthentication.call(context, 'whiteLabelCroApi', options);
}

/** As nodes of newer making send, and those of this package. */
async function asNewerNode(engine: Engine, options: IHttpRequestOptions): Promise<unknown> {
	const context = engine.executeContext();
	return await context.helpers.httpRequestWithAuthentication.call(context, 'whiteLabelCroApi', options);
}

interface Way {
	what: string;
	/** Whether a proxy stands between, which is asked for the CRM's host and answers in its place. */
	proxied?: boolean;
	send: (engine: Engine, url: string) => Promise<unknown>;
}

/** The ways to ask n8n for a connection to a server whoever it is. */
const careless: Way[] = [
	{
		what: "'Ignore SSL Issues' of the HTTP Request node",
		send: async (engine, uri) => await asHttpRequestNode(engine, { uri, rejectUnauthorized: false }),
	},
	{
		what: "'Ignore SSL Issues' and 'Proxy' of the HTTP Request node",
		proxied: true,
		send: async (engine, uri) =>
			await asHttpRequestNode(engine, { uri, rejectUnauthorized: false, proxy: proxyUrl() }),
	},
	{
		what: 'a certificate authority that the workflow brings along',
		send: async (engine, uri) => await asHttpRequestNode(engine, { uri, agentOptions: { ca: cert } }),
	},
	{
		what: 'such an authority and a proxy',
		proxied: true,
		send: async (engine, uri) =>
			await asHttpRequestNode(engine, { uri, agentOptions: { ca: cert }, proxy: proxyParts() }),
	},
	{
		what: 'agent options of the older helper',
		send: async (engine, uri) =>
			await asHttpRequestNode(engine, {
				uri,
				agentOptions: { rejectUnauthorized: false } as OlderRequest['agentOptions'],
			}),
	},
	{
		what: 'a setting of the newer helper',
		send: async (engine, url) => await asNewerNode(engine, { url, skipSslCertificateValidation: true }),
	},
	{
		what: 'a setting of the newer helper and a proxy',
		proxied: true,
		send: async (engine, url) =>
			await asNewerNode(engine, { url, skipSslCertificateValidation: true, proxy: proxyParts() }),
	},
	{
		what: 'agent options of the newer helper',
		send: async (engine, url) =>
			await asNewerNode(engine, {
				url,
				agentOptions: { rejectUnauthorized: false, checkServerIdentity: () => undefined },
			}),
	},
];

/** The ways to send a request without asking for any of that. */
const direct: Way[] = [
	{ what: 'the HTTP Request node', send: async (engine, uri) => await asHttpRequestNode(engine, { uri }) },
	{ what: 'the newer helper', send: async (engine, url) => await asNewerNode(engine, { url }) },
	{
		what: 'a node of this package',
		send: async (engine) => await engine.execute({ resource: 'employee', operation: 'getMany' }),
	},
];
const proxied: Way[] = [
	{
		what: "'Proxy' of the HTTP Request node",
		proxied: true,
		send: async (engine, uri) => await asHttpRequestNode(engine, { uri, proxy: proxyUrl() }),
	},
	{
		what: 'a proxy of the newer helper',
		proxied: true,
		send: async (engine, url) => await asNewerNode(engine, { url, proxy: proxyParts() }),
	},
];

const overTls = (way?: Way) => (way?.proxied ? `https://${HOST}` : `https://127.0.0.1:${ports.tls}`);
const credentialFor = async (baseUrl: string) => await startEngine({ apiKey: API_KEY, baseUrl });

async function testCredential(baseUrl: string): Promise<INodeCredentialTestResult> {
	const test = (await credentialFor(baseUrl)).nodeType('whiteLabelCro').methods?.credentialTest;
	const credential = { id: '1', name: 'Test', type: 'whiteLabelCroApi', data: { apiKey: API_KEY, baseUrl } };
	return (await test?.whiteLabelCroApiTest?.call(
		new CredentialTestContext({} as never),
		credential,
	)) as INodeCredentialTestResult;
}

describe('A server whose certificate nobody vouches for does not get the key', () => {
	it.each([...careless, ...direct, ...proxied])('by $what', async (way) => {
		const baseUrl = overTls(way);
		await expect(way.send(await credentialFor(baseUrl), baseUrl + PATH)).rejects.toThrow();
		expect(received.map(({ by }) => by)).toEqual(way.proxied ? ['proxy'] : []);
		expect(keysReceivedBy('proxy')).toBe(0);
	});

	it('by the connection test', async () => {
		expect(await testCredential(overTls())).toMatchObject({
			status: 'Error',
			message: expect.stringContaining('certificate is not trusted'),
		});
		expect(received).toEqual([]);
	});

	it('and the error does not advise to ignore that', async () => {
		const engine = await credentialFor(overTls());
		const failure = asHttpRequestNode(engine, { uri: overTls() + PATH, rejectUnauthorized: false });
		await expect(failure).rejects.toThrow(/self.signed/);
		await expect(failure).rejects.not.toThrow(/Ignore SSL/);
	});

	// What Node then asks of each connection; a process cannot be told so once it runs.
	it('on a machine that is told to trust everyone (NODE_TLS_REJECT_UNAUTHORIZED=0)', async () => {
		const { authenticate } = (await credentialFor(overTls())).credentialType('whiteLabelCroApi');
		if (typeof authenticate !== 'function')
			throw new Error('The credential does not authenticate by a function');
		const request = await authenticate({ apiKey: API_KEY, baseUrl: overTls() }, { url: overTls() + PATH });
		expect(request.agentOptions).toMatchObject({ rejectUnauthorized: true });
	});
});

describe('A server whose certificate the machine trusts gets the key', () => {
	beforeEach(trustTheCertificate);

	it.each([...careless, ...direct, ...proxied])('by $what', async (way) => {
		const baseUrl = overTls(way);
		await way.send(await credentialFor(baseUrl), baseUrl + PATH);
		expect(keysReceivedBy('tls')).toBe(1);
		expect(keysReceivedBy('proxy')).toBe(0);
	});

	it('by the connection test', async () => {
		expect(await testCredential(overTls())).toMatchObject({ status: 'OK' });
		expect(keysReceivedBy('tls')).toBe(1);
	});
});

describe('To an http:// Base URL on this machine', () => {
	const plain = () => `http://127.0.0.1:${ports.plain}`;

	it.each([...careless.filter((way) => !way.proxied), ...direct])(
		'the key goes by $what',
		async ({ send }) => {
			await send(await credentialFor(plain()), plain() + PATH);
			expect(keysReceivedBy('plain')).toBe(1);
		},
	);

	it.each(proxied)('the key does not go by $what, which could read it', async ({ send }) => {
		const sent = send(await credentialFor(plain()), plain() + PATH);
		await expect(sent).rejects.toThrow(/Remove the proxy/);
		expect(received).toEqual([]);
	});
});

describe('The request goes to the very URL that was compared with the Base URL', () => {
	it.each(['/api/v1/events', 'http:api/v1/events'])('for %j', async (uri) => {
		const engine = await credentialFor(`http://127.0.0.1:${ports.plain}`);
		await asHttpRequestNode(engine, { uri });
		await asNewerNode(engine, { url: uri });
		expect(received.map(({ by, url }) => [by, url])).toEqual(
			Array.from({ length: 2 }, () => ['plain', '/api/v1/events']),
		);
	});

	it('also for one that n8n reads as the URL of another host', async () => {
		const engine = await credentialFor(`http://127.0.0.1:${ports.plain}`);
		const uri = `http:127.0.0.1:${ports.stranger}/api/v1/events`;
		await asHttpRequestNode(engine, { uri });
		await asNewerNode(engine, { url: uri });
		expect(keysReceivedBy('stranger')).toBe(0);
		expect(keysReceivedBy('plain')).toBe(2);
	});
});
