import { describe, expect, it } from '@jest/globals';

import { isNotFromApi, isNotFound, isSuccess } from '../../nodes/WhiteLabelCro/client/response.ts';

const PAGE = '<!doctype html><p>Not found</p>';
const ID = { 'x-request-id': 'r-1' };

describe('a 404', () => {
	it.each<[string, Record<string, string>, unknown]>([
		['data with a request id', ID, { message: 'No.' }],
		['a web page with a request id', ID, PAGE],
		['a text with a request id', ID, 'No.'],
		['nothing with a request id', ID, ''],
		['data without one', {}, { message: 'No.' }],
	])('that is %s says that there is nothing', (_what, headers, body) => {
		expect(isNotFound({ statusCode: 404, headers, body })).toBe(true);
	});

	it.each<[string, Record<string, string>, unknown]>([
		['a web page', {}, PAGE],
		['called a web page', { 'content-type': 'text/html' }, ''],
		['a text', {}, '404 page not found'],
		['nothing', {}, ''],
		['not even nothing', {}, undefined],
		['null', {}, null],
	])('that is %s without a request id is of something else', (_what, headers, body) => {
		const answer = { statusCode: 404, headers, body };
		expect([isNotFound(answer), isNotFromApi(answer)]).toEqual([false, true]);
	});
});

it.each([
	[200, { success: true }, true],
	[201, undefined, true],
	[200, { success: false }, false],
	[302, '', false],
	[404, { success: true }, false],
])('an answer %i %j is a success: %j', (statusCode, body, isOne) => {
	expect(isSuccess({ statusCode, headers: ID, body })).toBe(isOne);
});
