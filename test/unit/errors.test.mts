import { describe, expect, test } from '@jest/globals';
import { NodeApiError } from 'n8n-workflow';
import { describeUnreachable } from '../../nodes/WhiteLabelCro/transport/errors.ts';
import { isUnreached } from '../../nodes/WhiteLabelCro/transport/unreachable.ts';

const node = {
	id: '1',
	name: 'Node',
	type: 'node',
	typeVersion: 1,
	position: [0, 0] as [number, number],
	parameters: {},
};

/** The error of a call without an answer, by Node's code for the reason. */
const reports: Array<[string, (code: string) => NodeApiError]> = [
	[
		'n8n 2.8, which puts the code in the place of an HTTP status',
		(httpCode) => new NodeApiError(node, {}, { httpCode }),
	],
	[
		'newer versions of n8n, which keep the cause',
		(code) => Object.assign(new NodeApiError(node, {}), { cause: { code } }),
	],
];

describe.each(reports)('As reported by %s,', (_who, report) => {
	test('a refused connection is known to have carried out nothing', () => {
		const error = report('ECONNREFUSED');
		expect(isUnreached(error)).toBe(true);
		expect(describeUnreachable(error).message).toContain('does not accept connections');
	});

	test('a write that got no answer in time may have been carried out', () => {
		const error = report('ECONNABORTED');
		expect(isUnreached(error)).toBe(false);
		expect(describeUnreachable(error).message).toContain('did not answer in time');
	});
});
