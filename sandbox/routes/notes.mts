// Add Client Note (contract section 2): on any record, leads included, since they share the client_id.
import { Fields } from './fields.mts';
import { recordAt } from './records.mts';
import type { Crm, Route } from './route.mts';

/** The one action on notes. */
export function noteRoutes({ store }: Crm): Route[] {
	return [
		{
			method: 'POST',
			path: '/api/v1/integrations/clients/:client_id/notes',
			scope: 'integrations:write',
			bucket: 'write',
			handle({ params, body }) {
				const { client_id } = recordAt(store, params);
				const fields = new Fields(body);
				const text = fields.requiredText('text');
				const note_type = fields.text('note_type') ?? null;
				const visibility = fields.text('visibility') ?? null;
				const external_id = fields.text('external_id') ?? null;
				fields.check();
				const client_note_id = store.nextId('note');
				const created_utc = store.utcNow();
				const note = { client_note_id, client_id, text, note_type, visibility, external_id, created_utc };
				store.notes.push({ ...note, extra: fields.extra() });
				return { status: 201, body: { client_note_id, created_utc } };
			},
		},
	];
}
