// Deliveries at concurrency 10 for some seconds, each with a body of its own, and the wait until n8n has run all it took.
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { N8nRest, Workflow } from '../../scripts/real-n8n/rest.mts';
import { until } from '../../scripts/real-n8n/until.mts';
import type { Subject } from './subjects.mts';

const CONCURRENCY = 10;
/** What it takes on a quiet machine at most. */
const DRAIN_MS = 12_000;
const PENDING = new Set(['new', 'running', 'waiting']);

let nextId = 1;

/** How many deliveries per second get a 200. Throws if one gets anything else. */
export async function rate(subject: Subject, seconds: number): Promise<number> {
	const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });
	const started = performance.now();
	const end = started + seconds * 1000;
	let accepted = 0;
	const one = async (): Promise<void> => {
		while (performance.now() < end) {
			const body = delivery(nextId++);
			const status = await post(agent, subject.url, body, subject.sign(body));
			if (status !== 200) throw new Error(`${subject.name} answered ${status}`);
			accepted += 1;
		}
	};
	await Promise.all(Array.from({ length: CONCURRENCY }, one));
	agent.destroy();
	return (accepted * 1000) / (performance.now() - started);
}

/** Waits until nothing runs any more: a backlog would slow down whoever comes next. */
export async function drain(rest: N8nRest, { id }: Workflow): Promise<void> {
	const filter = encodeURIComponent(JSON.stringify({ workflowId: id }));
	await until('the executions to end', DRAIN_MS, async () => {
		await sleep(500);
		const page = JSON.parse(await rest.text(`/rest/executions?limit=100&filter=${filter}`)) as {
			data: { results: Array<{ status: string }> };
		};
		return page.data.results.some(({ status }) => PENDING.has(status)) ? undefined : true;
	});
	await sleep(500);
}

/** An event of about 2 KB, which for GithubTrigger is a body like any other. */
function delivery(id: number): string {
	const payload = { client_id: 12401, first_name: 'Leo', status_note: 'x'.repeat(1900) };
	return JSON.stringify({
		id,
		type: 'lead.created',
		createdUtc: '2026-01-28T10:30:00Z',
		companyId: 92,
		payload,
	});
}

function post(agent: Agent, url: string, body: string, headers: Record<string, string>): Promise<number> {
	return new Promise((resolve, reject) => {
		const all = {
			'content-type': 'application/json',
			'content-length': Buffer.byteLength(body),
			...headers,
		};
		const call = request(url, { method: 'POST', agent, headers: all }, (answer) => {
			answer.resume();
			answer.on('end', () => {
				resolve(answer.statusCode ?? 0);
			});
		});
		call.on('error', reject);
		call.end(body);
	});
}
