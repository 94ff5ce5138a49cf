import type {
	IAuthenticate,
	ICredentialDataDecryptedObject,
	ICredentialType,
	IHttpRequestOptions,
	INodeProperties,
	Icon,
} from 'n8n-workflow';

import { DEFAULT_BASE_URL, normalizeBaseUrl } from '../nodes/WhiteLabelCro/client/baseUrl';
import { apiKeyHeaders } from '../nodes/WhiteLabelCro/contract/keys';

/** Of a request, as both of n8n's helpers name it; `uri` and `rejectUnauthorized` are the older one's, which the HTTP Request node uses. */
type CredentialRequest = IHttpRequestOptions & { uri?: string; rejectUnauthorized?: boolean };

/**
 * Adds the key to one request. It also serves n8n's own HTTP Request node, whose users may set what they like, so it is here
 * that the key is kept from every host but the Base URL's, redirects included, and from whoever only pretends to be that host.
 * @throws Error with a sentence for the user if the request would show the key to anyone else.
 */
function withApiKey(
	credentials: ICredentialDataDecryptedObject,
	requestOptions: CredentialRequest,
): CredentialRequest {
	const base = new URL(normalizeBaseUrl(credentials.baseUrl));
	const target = new URL(requestOptions.url || (requestOptions.uri ?? ''), requestOptions.baseURL ?? base);
	if (target.origin !== base.origin) {
		throw new Error(
			`This credential's API key is sent only to ${base.origin}, its 'Base URL'. Change the URL of the request, or the Base URL.`,
		);
	}
	if (base.protocol === 'http:' && requestOptions.proxy) {
		throw new Error(
			"Through a proxy, this credential's API key would be sent unencrypted, since its 'Base URL' starts with http://. Remove the proxy from the request.",
		);
	}
	// Anyone can make certificates and authorities, so which of them count is up to the machine, not the request.
	const { cert, key, passphrase } = requestOptions.agentOptions ?? {};
	const checked: CredentialRequest = {
		...requestOptions,
		// The HTTP client may read a different host from this text than the one compared.
		url: target.href,
		uri: undefined,
		baseURL: undefined,
		skipSslCertificateValidation: false,
		agentOptions: { cert, key, passphrase, rejectUnauthorized: true },
		disableFollowRedirect: true,
		headers: { ...requestOptions.headers, ...apiKeyHeaders(credentials) },
	};
	// Where it is set, either way, n8n advises ignoring a certificate that is not trusted.
	delete checked.rejectUnauthorized;
	return Object.assign(checked, { followRedirect: false, followAllRedirects: false });
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
			hint: "In WhiteLabelCRO, open Settings > Integrations > API Keys and create a key. Check every scope you may need: you can't add any later.",
			description:
				'Paste the whole key. Searches and lists need integrations:read, changes integrations:write, triggers webhooks:write and events:read, test events admin.',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			required: true,
			default: DEFAULT_BASE_URL,
			placeholder: 'e.g. https://api.whitelabelcro.com',
			hint: 'Leave it as is unless your account has its own address. It must start with https://',
			description:
				'Change it only if you sign in to WhiteLabelCRO at your own address, e.g. https://your-tenant.whitelabelcro.com',
		},
	];

	authenticate: IAuthenticate = (credentials, requestOptions) =>
		new Promise((resolve) => {
			resolve(withApiKey(credentials, requestOptions));
		});
}
