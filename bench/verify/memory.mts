// Many different deliveries to one trigger, through n8n's own webhook context.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { signatureForms, signDelivery } from '../../sandbox/deliveries/signature.mts';
import { startSandbox } from '../../sandbox/server.mts';
import { table } from '../report.mts';

const STEP = 20_000;
/** After so many deliveries the memory of event ids (10,000) is full and everything is compiled. */
const WARM_UP = 20_000;

/** Heap and resident memory as the deliveries go by, and by how much the heap grew after the warm-up. */
export async function measureMemory(deliveries: number): Promise<{ table: string; growthMb: number }> {
	process.env.N8N_LOG_LEVEL ??= 'silent';
	const { startEngine } = await import('../../test/integration/engine.mts');
	const sandbox = await startSandbox();
	try {
		const engine = await startEngine({ apiKey: sandbox.apiKey, baseUrl: sandbox.url });
		const trigger = engine.trigger({ triggerOn: ['*'] });
		await trigger.publish();
		const secret = [...sandbox.store.subscriptions.values()][0]?.secret ?? '';
		const rows: string[][] = [];
		const heaps: number[] = [];
		const started = performance.now();
		for (let id = 1; id <= deliveries; id++) {
			const rawBody = Buffer.from(JSON.stringify({ id, type: 'lead.created', payload: { client_id: 1 } }));
			const headers = signDelivery(signatureForms[0], secret, rawBody, { timestamp: 1, id: '1' });
			const { returned } = await trigger.deliver({ headers, rawBody });
			if (returned.workflowData === undefined) throw new Error(`Delivery ${id} started nothing`);
			if (id % STEP !== 0) continue;
			collectGarbage();
			const { heapUsed, rss } = process.memoryUsage();
			if (id >= WARM_UP) heaps.push(heapUsed);
			const perDelivery = ((performance.now() - started) * 1000) / id;
			rows.push([String(id), mb(heapUsed).toFixed(1), mb(rss).toFixed(0), perDelivery.toFixed(0)]);
		}
		const growthMb = mb((heaps.at(-1) ?? 0) - (heaps[0] ?? 0));
		const head = ['Deliveries', 'Heap (MB)', 'Resident (MB)', 'Microseconds each'];
		return { table: table(head, rows), growthMb };
	} finally {
		await sandbox.close();
	}
}

const mb = (bytes: number) => bytes / 1024 ** 2;

/** Without it, the figures would say when the garbage was last collected. */
function collectGarbage(): void {
	setFlagsFromString('--expose-gc');
	(runInNewContext('gc') as () => void)();
}
