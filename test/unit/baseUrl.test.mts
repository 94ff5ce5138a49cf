import { describe, expect, it } from '@jest/globals';

import { isPublicHttps, normalizeBaseUrl } from '../../nodes/WhiteLabelCro/client/baseUrl.ts';

describe('the Base URL', () => {
	it.each([
		['https://api.whitelabelcro.com', 'https://api.whitelabelcro.com'],
		['https://api.whitelabelcro.com/', 'https://api.whitelabelcro.com'],
		['  https://acme.whitelabelcro.com//  ', 'https://acme.whitelabelcro.com'],
		['https://acme.whitelabelcro.com/api/v1/', 'https://acme.whitelabelcro.com'],
		['https://gateway.example.com/crm/api/v1', 'https://gateway.example.com/crm'],
		['HTTPS://API.WhiteLabelCRO.com', 'https://api.whitelabelcro.com'],
		['', 'https://api.whitelabelcro.com'],
		['http://localhost:4010/', 'http://localhost:4010'],
		['http://127.0.0.1:4010', 'http://127.0.0.1:4010'],
		['http://[::1]:4010', 'http://[::1]:4010'],
	])('%j becomes %s', (raw, expected) => {
		expect(normalizeBaseUrl(raw)).toBe(expected);
	});

	it.each([
		'http://api.whitelabelcro.com',
		'http://localhost.evil.example',
		'http://127.0.0.1.evil.example',
		'http://10.0.0.5',
		'ftp://api.whitelabelcro.com',
	])('%s is refused, since the key would travel in the clear', (raw) => {
		expect(() => normalizeBaseUrl(raw)).toThrow(/must start with https:\/\//);
	});

	it('without a scheme is refused with an example', () => {
		expect(() => normalizeBaseUrl('api.whitelabelcro.com')).toThrow(
			/e\.g\. https:\/\/api\.whitelabelcro\.com/,
		);
	});
});

describe('an address of n8n', () => {
	it.each([
		'https://n8n.example.com/webhook',
		'https://203.0.113.7',
		'https://[2001:db8::1]',
		'https://172.15.0.1',
		'https://10.example.com',
		'https://100.63.255.255',
		'https://100.128.0.1',
		'https://n8n.example.com.',
		'https://local.example.com',
		'https://n8n.test.example.com',
		'https://[::ffff:203.0.113.7]',
	])('%s can be reached from the internet, as far as it tells', (address) => {
		expect(isPublicHttps(new URL(address))).toBe(true);
	});

	it.each([
		'http://n8n.example.com',
		'https://localhost:5678',
		'https://127.0.0.1',
		'https://[::1]',
		'https://10.0.0.5',
		'https://192.168.1.20:5678',
		'https://172.16.0.1',
		'https://172.31.255.1',
		'https://169.254.1.1',
		'https://[fd00::1]',
		'https://n8n.local',
		'https://n8n.internal',
		'https://n8n',
		'https://n8n.',
		'https://localhost.',
		'https://0.1.2.3',
		'https://100.64.1.2',
		'https://100.127.255.255',
		'https://n8n.localdomain',
		'https://n8n.test',
		'https://n8n.example',
		'https://n8n.invalid',
		'https://n8n.lan.',
		'https://[::]',
		'https://[::ffff:192.168.1.5]',
		'https://[::ffff:127.0.0.1]',
		'https://[fe80::1]',
		'https://[febf::1]',
	])('%s cannot', (address) => {
		expect(isPublicHttps(new URL(address))).toBe(false);
	});
});
