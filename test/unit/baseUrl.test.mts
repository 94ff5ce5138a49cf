import { describe, expect, it } from '@jest/globals';

import { normaliseBaseUrl } from '../../nodes/WhiteLabelCro/transport/baseUrl.ts';

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
		expect(normaliseBaseUrl(raw)).toBe(expected);
	});

	it.each([
		'http://api.whitelabelcro.com',
		'http://localhost.evil.example',
		'http://127.0.0.1.evil.example',
		'http://10.0.0.5',
		'ftp://api.whitelabelcro.com',
	])('%s is refused, since the key would travel in the clear', (raw) => {
		expect(() => normaliseBaseUrl(raw)).toThrow(/must begin with https:\/\//);
	});

	it('without a scheme is refused with an example', () => {
		expect(() => normaliseBaseUrl('api.whitelabelcro.com')).toThrow(
			/e\.g\. https:\/\/api\.whitelabelcro\.com/,
		);
	});
});
