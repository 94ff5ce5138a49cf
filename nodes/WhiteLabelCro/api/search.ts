import type { IDataObject } from 'n8n-workflow';

import { PATHS, readHit } from '../transport/contract';
import { hasStatus } from '../transport/errors';
import type { Api } from '../transport/request';

export type Searchable = keyof typeof PATHS.searches;

/** Which of the contradicting search paths the account serves, remembered for one run of the node. */
const servedPaths = new WeakMap<Api, Map<Searchable, string>>();

/**
 * The first record that matches all criteria exactly (an email in any case), or undefined.
 * @param criteria by wire name: email, phone, client_id, external_id; at least one
 * @throws NodeApiError if the API cannot be asked; a missing record is no error
 */
export async function findRecord(
	api: Api,
	kind: Searchable,
	criteria: IDataObject,
	itemIndex: number,
): Promise<IDataObject | undefined> {
	const ask = async (path: string, query: IDataObject) =>
		await api.attempt({ method: 'GET', path, query, itemIndex, read: readHit });
	const served = servedPaths.get(api) ?? new Map<Searchable, string>();
	servedPaths.set(api, served);

	const known = served.get(kind);
	const [preferred, other] = PATHS.searches[kind];
	for (const path of known === undefined ? [preferred, other] : [known]) {
		const answer = await ask(path, criteria);
		const notFound = 'error' in answer && hasStatus(answer.error, 404);
		if ('error' in answer && !notFound) throw answer.error;
		// A 404 can mean that the record or that the path does not exist. Asked without a criterion, a search refuses, but not so.
		if (notFound && known === undefined) {
			const probe = await ask(path, {});
			if ('error' in probe && hasStatus(probe.error, 404)) {
				if (path === other) throw answer.error;
				continue;
			}
		}
		served.set(kind, path);
		return 'value' in answer ? answer.value : undefined;
	}
	return undefined;
}
