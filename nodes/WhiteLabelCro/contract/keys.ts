import type { ICredentialDataDecryptedObject } from 'n8n-workflow';

/** C: how a key begins, by the two spellings that the vendor's pages have; undefined for any other. */
export function readKeyForm(apiKey: string): 'wlcro_live_' | 'wlcro_' | undefined {
	return (['wlcro_live_', 'wlcro_'] as const).find((beginning) => apiKey.startsWith(beginning));
}

/** D: header and key. The vendor lists a key pasted with extra spaces as a frequent mistake. */
export function apiKeyHeaders(credentials: ICredentialDataDecryptedObject): { 'X-Api-Key': string } {
	return { 'X-Api-Key': typeof credentials.apiKey === 'string' ? credentials.apiKey.trim() : '' };
}

/** D: the scopes of an API key. */
export const SCOPES = [
	'integrations:read',
	'integrations:write',
	'events:read',
	'webhooks:write',
	'admin',
] as const;

export type Scope = (typeof SCOPES)[number];
