import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { PATHS, readHit } from './contract';
import { asNodeError, hasStatus } from './errors';
import { apiRequest } from './request';

export type Searchable = keyof typeof PATHS.searches;

/** Which of the contradicting search paths the account serves, remembered for one run of the node. */
const servedPaths = new WeakMap<IExecuteFunctions, Map<Searchable, string>>();

/**
 * The first record that matches all criteria exactly (an email in any case), or undefined.
 * @param criteria by wire name: email, phone, client_id, external_id; at least one
 * @throws NodeApiError if the API cannot be asked, a missing record excepted
 */
export async function findRecord(
	context: IExecuteFunctions,
	kind: Searchable,
	criteria: IDataObject,
	itemIndex: number,
): Promise<IDataObject | undefined> {
	const ask = async (path: string, query: IDataObject) =>
		await apiRequest(context, { method: 'GET', path, query, itemIndex, read: readHit });
	const served = servedPaths.get(context) ?? new Map<Searchable, string>();
	servedPaths.set(context, served);

	const known = served.get(kind);
	const paths: readonly string[] = known === undefined ? PATHS.searches[kind] : [known];
	let missing: unknown;
	for (const path of paths) {
		try {
			const record = await ask(path, criteria);
			served.set(kind, path);
			return record;
		} catch (error) {
			// A 404 can mean that the record or that the path does not exist.
			if (!hasStatus(error, 404)) throw asNodeError(context.getNode(), error, itemIndex);
			missing = error;
		}
		if (known !== undefined || (await serves(ask, path))) {
			served.set(kind, path);
			return undefined;
		}
	}
	throw asNodeError(context.getNode(), missing, itemIndex);
}

/** Whether a search path exists: asked without a criterion, a search refuses, but not with a 404. */
async function serves(
	ask: (path: string, query: IDataObject) => Promise<unknown>,
	path: string,
): Promise<boolean> {
	try {
		await ask(path, {});
		return true;
	} catch (error) {
		return hasStatus(error, 400, 422);
	}
}
