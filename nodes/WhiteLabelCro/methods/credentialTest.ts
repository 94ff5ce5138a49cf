import type {
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';

import { normalizeBaseUrl } from '../client/baseUrl';
import { describeNetworkError } from '../client/errors';
import { isNotFromApi, isSuccess, isWebPage } from '../client/response';
import type { ApiResponse } from '../client/response';
import { readVendorMessage } from '../client/vendorMessage';
import { listIn } from '../contract/json';
import { apiKeyHeaders } from '../contract/keys';
import { LOOKUP_ROWS } from '../contract/lookups';
import { PATHS } from '../contract/paths';

/** How long a test takes at most: a person looks at a button meanwhile. */
const DEADLINE_MS = 15_000;

const failed = (message: string): INodeCredentialTestResult => ({ status: 'Error', message });
const connected = (message: string): INodeCredentialTestResult => ({ status: 'OK', message });

/**
 * Tests a credential whatever its key's scopes are: a key that is known but lacks a scope gets a 403 that names it, which counts as connected.
 * n8n's declarative test cannot tell that apart, nor put a failed connection into words.
 */
export async function whiteLabelCroApiTest(
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	const { baseUrl, apiKey } = credential.data ?? {};
	// The only request helper that n8n gives to a credential test.
	const { request } = this.helpers;
	const headers = apiKeyHeaders({ apiKey: apiKey ?? '' });
	let uri: string;
	try {
		uri = normalizeBaseUrl(baseUrl) + PATHS.lookups.employees;
	} catch (error) {
		return failed((error as Error).message);
	}
	const { outcomeOf } = await import('../client/http.js');
	const answering = request({
		method: 'GET',
		uri,
		headers,
		json: true,
		simple: false,
		resolveWithFullResponse: true,
		followRedirect: false,
		timeout: DEADLINE_MS,
		// As in every other request (see the credential), even if n8n is told to trust everyone.
		agentOptions: { rejectUnauthorized: true },
	});
	// The timeout alone ends neither a look-up of the host's name nor an answer that trickles.
	const outcome = await outcomeOf(answering, DEADLINE_MS);
	if (outcome.kind === 'answer') return judge(outcome.answer, headers['X-Api-Key']);
	const { message, description } = describeNetworkError(outcome.failure);
	return failed(`${message}. ${description}`);
}

/** What an answer says of the credential. @param apiKey for removing it from what the server says */
function judge(answer: ApiResponse, apiKey: string): INodeCredentialTestResult {
	const { statusCode, body } = answer;
	const what = isWebPage(answer) ? 'a web page' : 'something else';
	const notTheApi = failed(
		`The server at the 'Base URL' is not the WhiteLabelCRO API: it answered with ${what} (HTTP ${statusCode}). Check the 'Base URL'.`,
	);
	if (isNotFromApi(answer)) return notTheApi;
	if (statusCode === 401) {
		return failed(
			'WhiteLabelCRO did not accept the API key. Create a new one in WhiteLabelCRO under Settings > Integrations > API Keys, and paste all of it.',
		);
	}
	const { scope, words } = readVendorMessage(answer, apiKey);
	if (scope !== undefined) return connected(`Connected. The key lacks the scope ${scope}.`);
	if (statusCode === 403 || (statusCode === 200 && !isSuccess(answer)))
		return failed(`WhiteLabelCRO refused access (HTTP ${statusCode}). ${words}`.trim());
	if (statusCode === 429) return connected("Connected. The key's rate limit is used up for now.");
	if (statusCode >= 500)
		return failed(`WhiteLabelCRO has an internal problem (HTTP ${statusCode}). Try again later.`);
	return statusCode === 200 && listIn(body, LOOKUP_ROWS.employees.rows) ? connected('Connected.') : notTheApi;
}
