import type {
	IAuthenticate,
	ICredentialDataDecryptedObject,
	ICredentialType,
	IHttpRequestOptions,
	INodeProperties,
	Icon,
} from 'n8n-workflow';

import { DEFAULT_BASE_URL, normaliseBaseUrl } from '../nodes/WhiteLabelCro/transport/baseUrl';
import { apiKeyHeaders } from '../nodes/WhiteLabelCro/transport/contract';

/**
 * Adds the key to one request. It also serves n8n's own HTTP Request node, where the user types the URL (as `uri` there),
 * so it is here that the key is kept from every host but the Base URL's, redirects included.
 * @throws Error with a sentence for the user if the request goes elsewhere.
 */
function withApiKey(
	credentials: ICredentialDataDecryptedObject,
	requestOptions: IHttpRequestOptions & { uri?: string },
): IHttpRequestOptions {
	const base = new URL(normaliseBaseUrl(credentials.baseUrl));
	const target = new URL(requestOptions.url || (requestOptions.uri ?? ''), requestOptions.baseURL ?? base);
	if (target.origin !== base.origin) {
		throw new Error(
			`This credential's API key is only sent to ${base.origin}, its 'Base URL'. Change the URL of the request, or the Base URL.`,
		);
	}
	const withoutRedirects = { disableFollowRedirect: true, followRedirect: false, followAllRedirects: false };
	return {
		...requestOptions,
		...withoutRedirects,
		headers: { ...requestOptions.headers, ...apiKeyHeaders(credentials) },
	};
}

/** API key and host of a WhiteLabelCRO account. Its connection test is in nodes/WhiteLabelCro/methods/credentialTest.ts. */
export class WhiteLabelCroApi implements ICredentialType {
	name = 'whiteLabelCroApi';

	displayName = 'WhiteLabelCRO API';

	icon: Icon = { light: 'file:../icons/whitelabelcro.svg', dark: 'file:../icons/whitelabelcro.dark.svg' };

	documentationUrl = 'https://api.whitelabelcro.com/docs/integrations';

	properties: INodeProperties[] = [
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			placeholder: 'e.g. wlcro_live_92_…',
			hint: 'In WhiteLabelCRO, open Settings > Integrations > API Keys, make a key and paste it here',
			description:
				'Made in WhiteLabelCRO under Settings > Integrations > API Keys. Its scopes decide which operations work and cannot be added later.',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			required: true,
			default: DEFAULT_BASE_URL,
			placeholder: 'e.g. https://api.whitelabelcro.com',
			hint: 'Leave it as it is unless your account has an address of its own. It has to begin with https://',
			description:
				"The API's address. Change it only if your account is served from an address of its own, e.g. https://your-tenant.whitelabelcro.com.",
		},
	];

	authenticate: IAuthenticate = (credentials, requestOptions) =>
		new Promise((resolve) => {
			resolve(withApiKey(credentials, requestOptions));
		});
}
