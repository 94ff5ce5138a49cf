// `npm run bench -- watch [ticks] [triggers]`: what it costs n8n and the CRM that 200 published triggers look after their
// subscriptions, tick by tick, while events come in. Before the first tick come the looks after the publishing.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { startSandbox } from '../sandbox/server.mts';
import { withCredential } from '../scripts/real-n8n/workflow.mts';
import { CHECK_INTERVAL_MS } from '../nodes/WhiteLabelCro/webhook/monitor/interval.ts';
import { liveBytes, probed } from './live.mts';
import { PACKAGE, startN8n, versionsLine } from './n8n.mts';
import { machineLine, megabytes, table } from './report.mts';

/** One trigger wants them, the others only see them in the log. They fit on a page. */
const EVENTS_A_TICK = 50;
const TICK_MS = CHECK_INTERVAL_MS;
/** Ticks are spread over the first minute of five. */
const SPREAD_MS = 75_000;
/** Of each trigger, the first look comes half a minute after it was published. */
const FIRST_LOOK_MS = 40_000;
const COLLECTIONS = 3;
const CALLS = [
	['Lists', 'GET', '/api/v1/webhooks'],
	['Pages of the log', 'GET', '/api/v1/events'],
	['Changes', 'PATCH', '/api/v1/webhooks'],
] as const;
/** A list, and a second one where the triggers' minute is longer than a list serves; each tick ends with a page. */
const MOST_CALLS = 2;
const MOST_MEGABYTES = 10;

export async function run([ticks = '4', triggers = '200']: string[]): Promise<void> {
	const folder = await mkdtemp(join(tmpdir(), 'bench-watch-'));
	const file = join(folder, 'live');
	const sandbox = await startSandbox({ limits: { read: 1_000_000, write: 1_000_000 } });
	const n8n = await startN8n(probed(file));
	try {
		const { apiKey, url: baseUrl } = sandbox;
		const credential = await n8n.rest.createCredential('Watch', 'whiteLabelCroApi', { apiKey, baseUrl });
		const trigger = (triggerOn: string) => ({
			id: 'trigger',
			name: 'Trigger',
			type: `${PACKAGE}.whiteLabelCroTrigger`,
			typeVersion: 1,
			position: [0, 0] as [number, number],
			parameters: { triggerOn: [triggerOn], output: 'full' },
		});
		for (let number = 0; number < Number(triggers); number++) {
			const nodes = [trigger(number === 0 ? 'lead.created' : 'payment.failed')];
			const definition = { name: `Watch ${number}`, nodes, connections: {}, settings: {} };
			await n8n.rest.publish(await n8n.rest.createWorkflow(withCredential(definition, PACKAGE, credential)));
		}
		console.log(`${machineLine()}, ${await versionsLine(n8n)}, ${triggers} published triggers with one key`);

		const rows: string[][] = [];
		const live: number[] = [];
		let most = 0;
		await sleep(FIRST_LOOK_MS);
		for (let tick = 0; tick <= Number(ticks); tick++) {
			if (tick > 0) await sleep(TICK_MS - (Date.now() % TICK_MS) - 10_000);
			for (let event = 0; event < EVENTS_A_TICK; event++) sandbox.raise('lead.created');
			await sandbox.settled();
			const before = sandbox.requests.length;
			if (tick > 0) await sleep(10_000 + SPREAD_MS);
			const asked = sandbox.requests.slice(before);
			const calls = CALLS.map(
				([, method, path]) =>
					asked.filter((request) => request.method === method && request.path.startsWith(path)).length,
			);
			most = Math.max(most, ...calls.slice(0, 2));
			for (let collection = 1; collection < COLLECTIONS; collection++) await liveBytes(n8n, file);
			live.push(await liveBytes(n8n, file));
			rows.push([String(tick), ...calls.map(String), megabytes(live.at(-1) ?? 0)]);
		}
		console.log(table(['Tick', ...CALLS.map(([name]) => name), 'Live memory'], rows));
		const growth = ((live.at(-1) ?? 0) - (live[2] ?? live.at(-1) ?? 0)) / 1024 ** 2;
		if (most > MOST_CALLS || growth > MOST_MEGABYTES) {
			console.error(`More than was to be: ${most} calls of a kind in a tick, ${growth.toFixed(1)} MB more.`);
			process.exitCode = 1;
		}
	} finally {
		await n8n.stop();
		await sandbox.close();
		await rm(folder, { recursive: true });
	}
}
