import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CredentialTestContext } from 'n8n-core';
import type { IHttpRequestOptions, INodeCredentialTestResult } from 'n8n-workflow';

import { scopes } from '../../sandbox/keys.mts';
import { withCrm } from './crm.mts';
import { startEngine } from './engine.mts';
import { useStage } from './stage.mts';

const { sandbox, engine } = useStage();
/** Answers every path with a web page, but /moved… with a redirect. */
let website: Server;
let websiteHost: string;

beforeAll(async () => {
	website = createServer((request, response) => {
		if (request.url?.startsWith('/moved')) response.writeHead(302, { location: sandbox.url }).end();
		else
			response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Welcome</title>');
	});
	await new Promise<void>((resolve) => website.listen(0, '127.0.0.1', resolve));
	websiteHost = `127.0.0.1:${(website.address() as AddressInfo).port}`;
});
afterAll(() => {
	website.closeAllConnections();
	website.close();
});

/** Runs the connection test as n8n's "Test" button does. */
async function testCredential(apiKey: string, baseUrl = sandbox.url): Promise<INodeCredentialTestResult> {
	const test = engine.nodeType('whiteLabelCro').methods?.credentialTest?.whiteLabelCroApiTest;
	const context = new CredentialTestContext({} as never);
	const credential = { id: '1', name: 'Test', type: 'whiteLabelCroApi', data: { apiKey, baseUrl } };
	return (await test?.call(context, credential)) as INodeCredentialTestResult;
}

describe('the connection test', () => {
	it.each([
		['with every scope', [...scopes]],
		['with no scope but webhooks:write', ['webhooks:write' as const]],
		['with no scope at all', []],
	])('accepts a key %s', async (_which, granted) => {
		expect(await testCredential(sandbox.createKey(granted))).toMatchObject({ status: 'OK' });
	});

	it('accepts a key pasted with white space around it, and a Base URL with a trailing slash', async () => {
		expect(await testCredential(` ${sandbox.apiKey}\n`, ` ${sandbox.url}/ `)).toMatchObject({ status: 'OK' });
	});

	it('accepts a key whose rate limit is used up, since it is known', async () => {
		const key = sandbox.createKey(['integrations:read']);
		sandbox.consume(key, 'read', sandbox.limits.read);
		expect(await testCredential(key)).toMatchObject({ status: 'OK' });
	});

	it.each(['wlcro_live_92_unknown', '', 'not a key'])(
		'says of the key %j where to make a new one',
		async (key) => {
			expect(await testCredential(key)).toEqual({
				status: 'Error',
				message: expect.stringMatching(/did not accept the API key.*Settings > Integrations > API Keys/),
			});
		},
	);

	it('says so when the key was revoked', async () => {
		const key = sandbox.createKey([...scopes]);
		sandbox.revokeKey(key);
		expect(await testCredential(key)).toMatchObject({ status: 'Error' });
	});

	it.each([
		[
			'a host that does not exist',
			() => 'https://no-such-host.invalid',
			/no server at the credential's 'Base URL'/,
		],
		['a port where nothing listens', () => 'http://127.0.0.1:9', /does not accept connections/],
		['a server without TLS behind https://', () => `https://${websiteHost}`, /secure connection.*failed/],
		['a website', () => `http://${websiteHost}`, /is not the WhiteLabelCRO API: it answered with a web page/],
		['a redirect', () => `http://${websiteHost}/moved`, /is not the WhiteLabelCRO API/],
		['another API', () => `${sandbox.url}/elsewhere`, /is not the WhiteLabelCRO API/],
		['plain HTTP to another machine', () => 'http://api.whitelabelcro.com', /must start with https:\/\//],
		['no web address', () => 'whitelabelcro', /is not a web address/],
	])('explains a Base URL that is %s', async (_what, baseUrl, message) => {
		expect(await testCredential(sandbox.apiKey, baseUrl())).toEqual({
			status: 'Error',
			message: expect.stringMatching(message),
		});
	});

	it.each([
		[403, { message: 'This key belongs to another company.' }, 'another company.'],
		[403, { error: 'Your IP address is not allowed' }, 'not allowed.'],
		[403, '', '(HTTP 403).'],
		[200, { success: false, message: 'Unknown: wlcro_live_92_x of a@example.com', data: [] }, '[email].'],
	])('says what the API says of a %d that names no missing scope: %j', async (status, body, end) => {
		const { status: result, message } = await withCrm(
			() => Response.json(body, { status }),
			async (baseUrl) => await testCredential('wlcro_live_92_x', baseUrl),
		);
		expect(result).toBe('Error');
		expect(message).toMatch(/^WhiteLabelCRO refused access/);
		expect(message.endsWith(end)).toBe(true);
		expect(message).not.toContain('wlcro_');
	});

	describe('ends after 15 seconds', () => {
		const slow: Array<[string, RequestListener]> = [
			['takes the call and never answers', () => undefined],
			[
				'gives its answer byte by byte',
				(_request, response) => {
					response.writeHead(200, { 'content-type': 'application/json' }).write('{');
				},
			],
			[
				'refuses for now and never ends its answer',
				(_request, response) => {
					response.writeHead(429, { 'retry-after': '86400' }).write(' ');
				},
			],
		];
		// What runs in Node itself, connections and their time limits, goes on.
		beforeEach(() => {
			jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'] });
		});
		afterEach(() => {
			jest.useRealTimers();
		});

		it.each(slow)('with a server that %s', async (_what, listener) => {
			const server = createServer(listener);
			await once(server.listen(0, '127.0.0.1'), 'listening');
			try {
				const asked = once(server, 'request');
				const testing = testCredential(
					'wlcro_live_92_x',
					`http://127.0.0.1:${(server.address() as AddressInfo).port}`,
				);
				let isOver = false;
				void testing.then(() => (isOver = true));
				await asked;
				await jest.advanceTimersByTimeAsync(14_000);
				expect(isOver).toBe(false);
				await jest.advanceTimersByTimeAsync(1000);
				expect(isOver).toBe(true);
				expect(await testing).toEqual({
					status: 'Error',
					message: expect.stringMatching(/^WhiteLabelCRO did not answer in time\. Try again later/),
				});
			} finally {
				server.closeAllConnections();
				server.close();
			}
		});

		it('at most: a key whose rate limit is used up until tomorrow is accepted at once', async () => {
			const refusal = () => Response.json({}, { status: 429, headers: { 'retry-after': '86400' } });
			expect(
				await withCrm(refusal, async (baseUrl) => await testCredential('wlcro_live_92_x', baseUrl)),
			).toMatchObject({ status: 'OK', message: expect.stringContaining('rate limit') });
		});
	});

	it('never shows the key', async () => {
		const results = await Promise.all(
			['https://no-such-host.invalid', `http://${websiteHost}`, sandbox.url].map((url) =>
				testCredential('wlcro_live_92_secret-part', url),
			),
		);
		expect(JSON.stringify(results)).not.toContain('secret-part');
	});
});

describe('the key', () => {
	const authenticate = async (options: Partial<IHttpRequestOptions> & { uri?: string }) => {
		const { authenticate } = engine.credentialType('whiteLabelCroApi');
		if (typeof authenticate !== 'function')
			throw new Error('The credential does not authenticate by a function');
		return await authenticate(
			{ apiKey: ' key ', baseUrl: 'https://api.example.com' },
			options as IHttpRequestOptions,
		);
	};

	it.each([
		{ url: 'https://api.example.com/api/v1/events' },
		{ url: '/api/v1/events' },
		{ url: '/api/v1/events', baseURL: 'https://api.example.com' },
		{ uri: 'https://api.example.com/api/v1/events' },
	])('goes trimmed to the Base URL with %j, and follows no redirect', async (options) => {
		expect(await authenticate({ ...options, headers: { accept: 'a/b' } })).toMatchObject({
			headers: { 'X-Api-Key': 'key', accept: 'a/b' },
			disableFollowRedirect: true,
			followRedirect: false,
		});
	});

	it.each([
		{ url: 'https://evil.example.com/api/v1/events' },
		{ url: 'http://api.example.com/api/v1/events' },
		{ url: 'https://api.example.com.evil.example/' },
		{ url: 'https://api.example.com@evil.example/' },
		{ url: '//evil.example/' },
		{ url: '/api', baseURL: 'https://evil.example' },
		{ uri: 'https://evil.example' },
	])('does not go elsewhere with %j', async (options) => {
		await expect(authenticate(options)).rejects.toThrow(/sent only to https:\/\/api\.example\.com/);
	});

	it('does not follow a redirect in an operation either', async () => {
		const moved = await startEngine({ apiKey: 'k', baseUrl: `http://${websiteHost}/moved` });
		const before = sandbox.requests.length;
		await expect(
			moved.execute({ resource: 'client', operation: 'find', criteria: { email: 'a@example.com' } }),
		).rejects.toThrow(/is not the WhiteLabelCRO API/);
		expect(sandbox.requests.length).toBe(before);
	});
});
