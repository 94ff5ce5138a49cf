// API keys and their scopes (contract section 1). Scopes cannot be added to a key: a new key is needed.
import { randomBytes } from 'node:crypto';

import type { Dialect } from './dialect.mts';
import { companyId } from './store/model.mts';

export const scopes = [
	'events:read',
	'webhooks:write',
	'integrations:read',
	'integrations:write',
	'admin',
] as const;
export type Scope = (typeof scopes)[number];

export interface ApiKey {
	/** Names the key in logs and state without showing it. */
	id: string;
	scopes: readonly Scope[];
	/** The company that it belongs to: its events are all that the key sees. */
	companyId: number;
}

/** The key that is always there, with every scope. Its secret holds "_" and "-", as base64url may. */
export const allScopesKey = `wlcro_live_${companyId}_not-a-real_secret-only_for-the-sandbox`;

/** The keys that the server knows. */
export class KeyRing {
	readonly #keys = new Map<string, ApiKey>();
	#made = 0;

	constructor() {
		this.reset();
	}

	/** A new key of the company with these scopes, spelled as the dialect says. */
	create(granted: readonly Scope[], form: Dialect['keyForm'], company = companyId): string {
		const prefix = form === 'live' ? 'wlcro_live' : 'wlcro';
		const key = `${prefix}_${company}_${randomBytes(32).toString('base64url')}`;
		this.#add(key, granted, company);
		return key;
	}

	/** From now on the key is unknown; a key that never was is no error. */
	revoke(key: string): void {
		this.#keys.delete(key);
	}

	/** The key as it was sent, compared whole and exactly: white space around it makes it another key. */
	find(key: string): ApiKey | undefined {
		return this.#keys.get(key);
	}

	/** Back to the one key with all scopes. */
	reset(): void {
		this.#keys.clear();
		this.#made = 0;
		this.#add(allScopesKey, scopes, companyId);
	}

	#add(key: string, granted: readonly Scope[], company: number): void {
		this.#made += 1;
		this.#keys.set(key, { id: `key-${this.#made}`, scopes: [...granted], companyId: company });
	}
}
