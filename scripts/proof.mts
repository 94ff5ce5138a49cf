import type { Sandbox } from '../sandbox/server.mts';
import type { N8nRest, Workflow } from './real-n8n/rest.mts';
import { until } from './real-n8n/until.mts';

/** What it takes on a quiet machine. */
const DELIVERY_MS = 1_500;
const LEAD = {
	first_name: 'Maria',
	last_name: 'Lopez',
	email: 'maria.lopez@example.com',
	phone: '+14155550123',
};

/**
 * Captures a lead in the CRM and follows it through n8n and back, telling each step to `say`. Rejects with what went
 * wrong unless the lead ends up with a note that greets it by name.
 */
export async function proveThatALeadGetsItsNote(
	sandbox: Sandbox,
	n8n: N8nRest,
	workflow: Workflow,
	say: (text: string) => void,
): Promise<void> {
	const clientId = await captureLead(sandbox);
	say(`A new lead   ${LEAD.first_name} ${LEAD.last_name} was captured in the CRM as client ${clientId}.`);

	const event = sandbox.store.events.at(-1);
	if (event?.type !== 'lead.created') throw new Error('The CRM raised no event for the new lead.');
	say(`The event    The CRM raised event ${event.id}, "${event.type}".`);

	const delivery = await firstDelivery(sandbox, event.id);
	say(
		`Delivery     The CRM sent it to n8n, signed, and got HTTP status ${delivery.status} after ${delivery.elapsedMs} ms.`,
	);

	const [execution] = await n8n.finishedExecutions(workflow.id, 1);
	if (execution?.status !== 'success') {
		throw new Error(
			`n8n ran the workflow, but execution ${execution?.id ?? ''} ended with "${execution?.status ?? ''}".`,
		);
	}
	say(
		`Execution    n8n ran the workflow as execution ${execution.id}, which ended with "${execution.status}".`,
	);

	const note = sandbox.store.notes.find(({ client_id }) => client_id === clientId);
	if (!note?.text.includes(LEAD.first_name))
		throw new Error(`Client ${clientId} has no note that greets the lead.`);
	say(`The note     The CRM now holds note ${note.client_note_id} on client ${clientId}: "${note.text}"`);
}

/** Creates a lead the way a web form does: through the CRM's public API. */
async function captureLead({ url, apiKey }: Sandbox): Promise<number> {
	const response = await fetch(`${url}/api/v1/integrations/leads`, {
		method: 'POST',
		headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
		body: JSON.stringify(LEAD),
	});
	if (!response.ok) throw new Error(`The CRM refused the lead with HTTP status ${response.status}.`);
	return ((await response.json()) as { client_id: number }).client_id;
}

/** What n8n answered to the first delivery of an event, with the time that took in milliseconds. */
async function firstDelivery(sandbox: Sandbox, eventId: number) {
	const attempt = await until(`the delivery of event ${eventId}`, DELIVERY_MS, () =>
		sandbox.deliveries.find((delivery) => delivery.eventId === eventId),
	);
	if (attempt.status !== 200) {
		throw new Error(
			`n8n did not accept the delivery: ${attempt.error ?? `HTTP status ${String(attempt.status)}`}.`,
		);
	}
	return { status: attempt.status, elapsedMs: Math.round(attempt.elapsedMs) };
}
