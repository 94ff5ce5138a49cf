// A creation that WhiteLabelCRO took, and whose answer is not what it should be.
import { describe, expect, it } from '@jest/globals';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { byId, createLead } from '../fixtures.mts';
import { useLeapingClock } from './clock.mts';
import { withCrm } from './crm.mts';
import { startEngine } from './engine.mts';

useLeapingClock();

const note = { resource: 'note', operation: 'create', clientId: byId(12345), text: 'Hello' };
const affiliate = { ...createLead, resource: 'affiliate', email: 'a@example.com' };
const lead = { ...createLead, email: 'a@example.com' };

/** Runs one item on a CRM that answers creations so. @returns what it gave or its error, and how often it was sent */
async function create(parameters: INodeParameters, answer: () => unknown, found: unknown = null) {
	let posts = 0;
	const handle = ({ method }: { method: string }) => {
		if (method !== 'POST') return found;
		posts += 1;
		return answer();
	};
	const outcome = await withCrm(handle, async (baseUrl) => {
		const engine = await startEngine({ apiKey: 'wlcro_live_92_x', baseUrl });
		return await engine.execute(parameters).then(
			([item]) => item?.json ?? {},
			(error: unknown) => error as IDataObject,
		);
	});
	return { outcome, posts };
}

const page = () =>
	new Response('<html></html>', { headers: { 'content-type': 'text/html', 'x-request-id': 'r-1' } });

describe.each([
	['a note', note],
	['an affiliate', affiliate],
])('%s whose creation is answered with', (_what, parameters) => {
	it.each<[string, () => unknown]>([
		['a web page', page],
		['204', () => new Response(null, { status: 204 })],
		['an empty 201', () => new Response('', { status: 201 })],
		['{}', () => ({})],
	])('%s is not confirmed, and to be looked for first', async (_answer, answer) => {
		const { outcome, posts } = await create(parameters, answer);
		expect(posts).toBe(1);
		expect(outcome).toMatchObject({
			code: 'WLCRO_ERR_UNCONFIRMED_WRITE',
			message: 'WhiteLabelCRO did not confirm this change, and its answer could not be read',
			description: expect.stringMatching(/^Before you run this item again, check in WhiteLabelCRO/),
		});
		expect(outcome.description).not.toContain('Base URL');
	});
});

it('a note of whose ID nothing is told is not confirmed: the API documents that it tells it', async () => {
	const { outcome, posts } = await create(note, () => Response.json({ ok: true }, { status: 201 }));
	expect(posts).toBe(1);
	expect(outcome).toMatchObject({
		code: 'WLCRO_ERR_UNCONFIRMED_WRITE',
		description: expect.stringMatching(/check in WhiteLabelCRO .*Reason: .*no ID of the new record/),
	});
});

it('an affiliate of whose ID nothing is told was made: nobody knows what the API calls it', async () => {
	const { outcome } = await create(affiliate, () => Response.json({ employee_id: 9 }, { status: 201 }));
	expect(outcome).toMatchObject({ affiliate_id: null, employee_id: 9, email: 'a@example.com' });
});

it.each<[string, INodeParameters, unknown, IDataObject]>([
	['a lead', lead, { data: { client_id: 7, status: 'Lead - New' } }, { client_id: 7 }],
	['a lead', lead, [{ client_id: '7' }], { client_id: '7' }],
	['a lead', lead, { success: true, lead: { client_id: 7 } }, { client_id: 7 }],
	['a note', note, { data: { client_note_id: 8 } }, { client_note_id: 8 }],
	['a note', note, { note: { client_note_id: 8 } }, { client_note_id: 8 }],
	['an affiliate', affiliate, { result: { affiliate_id: 9 } }, { affiliate_id: 9 }],
])('%s is read out of what it stands in (%#)', async (_what, parameters, answer, json) => {
	expect((await create(parameters, () => answer)).outcome).toMatchObject(json);
});

describe('a lead that was created without telling its ID', () => {
	const told = () => Response.json({ ok: true }, { status: 201, headers: { 'x-request-id': 'r-1' } });

	it('is searched for', async () => {
		const { outcome, posts } = await create(lead, told, {
			client_id: 7,
			email: 'a@example.com',
			created_utc: new Date(Date.now() + 60_000).toISOString(),
		});
		expect(outcome).toMatchObject({ client_id: 7, confirmed_by_search: true });
		expect(posts).toBe(1);
	});

	it('is an error if the search does not show it, and not created again', async () => {
		const { outcome, posts } = await create(lead, told);
		expect(outcome).toMatchObject({
			code: 'WLCRO_ERR_UNCONFIRMED_WRITE',
			description: expect.stringContaining('Reason: WhiteLabelCRO answered with no ID of the new record.'),
		});
		expect(posts).toBe(1);
	});
});
