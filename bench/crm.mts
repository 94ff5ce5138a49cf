// What the benchmarks need of the sandbox CRM: keys of their own, and how often each item has become a record.
import type { Sandbox } from '../sandbox/server.mts';
import type { BenchN8n } from './n8n.mts';

/** A new key, of whose rate limit nothing is known, as a credential of n8n. */
export async function newKey(sandbox: Sandbox, { rest }: BenchN8n) {
	const apiKey = sandbox.createKey(['integrations:write', 'integrations:read']);
	const credential = await rest.createCredential('Benchmark', 'whiteLabelCroApi', {
		apiKey,
		baseUrl: sandbox.url,
	});
	return { apiKey, credential };
}

/** How many records the CRM holds for each item, by the item's email. */
export function recordsOf(sandbox: Sandbox, items: Array<{ email: string }>): Map<string, number> {
	const counts = new Map(items.map(({ email }) => [email, 0]));
	for (const { email } of sandbox.store.records.all()) {
		const count = counts.get(email);
		if (count !== undefined) counts.set(email, count + 1);
	}
	return counts;
}
