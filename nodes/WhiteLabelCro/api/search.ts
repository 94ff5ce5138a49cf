import type { IDataObject } from 'n8n-workflow';

import { accounts } from '../client/account';
import type { ApiClient, RequestResult } from '../client/apiClient';
import { hasStatus, inputError } from '../client/errors';
import { UnexpectedShapeError } from '../contract/json';
import { PATHS } from '../contract/paths';
import { readHit } from '../contract/records';

export type Searchable = keyof typeof PATHS.searches;

/** Whether a record can be searched for by a value: a server may ignore an empty one and answer with any record. */
export function isCriterion(value: unknown): value is string | number {
	return typeof value === 'number' || (typeof value === 'string' && value.trim() !== '');
}

/** How a server may say that there is no search at a path: it is somewhere else now, or the path stands for something else. */
export const NO_SEARCH = [301, 302, 303, 307, 308, 400, 405, 410, 422, 501];

/**
 * The first record that matches all criteria exactly (an email in any case), or undefined if the API itself says that there
 * is none. An answer that is neither is an error: on "none" a record may be created, on a record it may be changed.
 * @param criteria by wire name: email, phone, client_id, external_id; those that are none (see isCriterion) are left out
 * @throws NodeApiError if the API cannot be asked, or answers with another record
 * @throws NodeOperationError if no criterion is left
 */
export async function findRecord(
	api: ApiClient,
	kind: Searchable,
	criteria: IDataObject,
	itemIndex?: number,
): Promise<IDataObject | undefined> {
	const query = Object.fromEntries(Object.entries(criteria).filter(([, value]) => isCriterion(value)));
	if (Object.keys(query).length === 0) {
		throw inputError(
			api.node,
			"There's nothing to search by",
			"Enter at least one value that isn't empty.",
			itemIndex,
		);
	}
	// Which of the contradicting paths the account serves: what this run has found out, and what another did before.
	const { searchPaths: paths } = api;
	const { searchPaths: likelyPaths } = accounts.of(api.account);
	const ask = async (path: string) => {
		const read = (body: unknown) => readMatch(body, query);
		return await api.tryRequest({ method: 'GET', path, query, itemIndex, read });
	};

	const serves = (path: string) => {
		paths.set(kind, Promise.resolve(path));
		likelyPaths.set(kind, path);
	};

	const likely = likelyPaths.get(kind);
	if (likely !== undefined && !paths.has(kind)) {
		// No search has to wait for another; one call beside them finds out what "none" means.
		const answer = await ask(likely);
		if ('value' in answer) {
			serves(likely);
			return answer.value;
		}
		if (answer.missing === true) {
			if (!paths.has(kind)) {
				const probe = isServed(api, likely, itemIndex).then((served) => (served ? likely : undefined));
				paths.set(kind, orUndefined(probe));
			}
			const probing = paths.get(kind);
			if ((await probing) === likely) return undefined;
			if (paths.get(kind) === probing) paths.delete(kind);
		} else {
			if (!hasStatus(answer.error, 401, 403, 429)) likelyPaths.delete(kind);
			if (!hasStatus(answer.error, ...NO_SEARCH)) throw answer.error;
		}
	}

	// One search finds out which path is served; if it fails, those that waited for it try by themselves, side by side.
	const finding = paths.get(kind);
	const path = finding && (await finding);
	if (path !== undefined) return foundBy(await ask(path));
	const own = findServed(api, kind, itemIndex, ask);
	if (paths.get(kind) === finding) paths.set(kind, orUndefined(own.then((found) => found.path)));
	const found = await own;
	serves(found.path);
	return foundBy(found.answer);
}

/** A failure leaves it unknown: the next search tries again, and reports it. */
async function orUndefined<T>(promise: Promise<T>): Promise<T | undefined> {
	return await promise.catch(() => undefined);
}

type Answered = RequestResult<IDataObject | undefined>;

/** @throws NodeApiError if a search has failed, and does not just say that there is no record */
function foundBy(answer: Answered): IDataObject | undefined {
	if ('value' in answer) return answer.value;
	if (answer.missing === true) return undefined;
	throw answer.error;
}

/**
 * Asks by the first path, and by the other if that is not a search.
 * @returns the path that is served, and its answer
 * @throws NodeApiError if neither is: what the first said, unless that was a 404
 */
async function findServed(
	api: ApiClient,
	kind: Searchable,
	itemIndex: number | undefined,
	ask: (path: string) => Promise<Answered>,
): Promise<{ path: string; answer: Answered }> {
	const [preferred, other] = PATHS.searches[kind];
	let refusal: Error | undefined;
	for (const path of [preferred, other]) {
		const answer = await ask(path);
		if ('value' in answer) return { path, answer };
		if (answer.missing === true) {
			// A 404 can mean that the record or that the path does not exist.
			if (await isServed(api, path, itemIndex)) return { path, answer };
		} else {
			refusal ??= answer.error;
			if (!hasStatus(answer.error, ...NO_SEARCH)) throw refusal;
		}
		if (path === other) throw refusal ?? answer.error;
	}
	throw new UnexpectedShapeError('no search');
}

/** Whether a search path exists: asked without a criterion, a search refuses, but not with a 404. @throws NodeApiError if it cannot be told */
async function isServed(api: ApiClient, path: string, itemIndex?: number): Promise<boolean> {
	const probe = await api.tryRequest({ method: 'GET', path, itemIndex, read: () => undefined });
	if ('value' in probe || hasStatus(probe.error, 400, 422)) return true;
	if (probe.missing === true) return false;
	throw probe.error;
}

/**
 * The record that a search found. A hit lists some of what can be searched by (D: not external_id); where it contradicts, the
 * server did not search for that. Whether there is a match is unknown then, so this is no "none" either.
 * @throws UnexpectedShapeError
 */
function readMatch(body: unknown, criteria: IDataObject): IDataObject | undefined {
	const hit = readHit(body);
	for (const [name, asked] of Object.entries(criteria)) {
		if (hit !== undefined && name in hit && !isSame(name, asked, hit[name])) {
			throw new UnexpectedShapeError(`a record whose ${name} is not the one searched for`);
		}
	}
	return hit;
}

/** The fewest digits of a phone number; anything shorter is text, such as "n/a" or an extension. */
const MIN_PHONE_DIGITS = 7;

/** Whether a hit's value can be the one asked for, or sent: the API may write an email or a phone number in its own notation. */
export function isSame(name: string, asked: unknown, listed: unknown): boolean {
	if (name === 'phone') {
		const [one, two] = [digitsOf(asked), digitsOf(listed)];
		// With and without the country's prefix. Few digits are the end of many numbers.
		const areNumbers = Math.min(one.length, two.length) >= MIN_PHONE_DIGITS;
		if (areNumbers) return one.endsWith(two) || two.endsWith(one);
	}
	const plain = (value: unknown) => String(value).trim().normalize('NFKC').toLowerCase();
	return plain(asked) === plain(listed);
}

function digitsOf(value: unknown): string {
	return String(value).replace(/\D/g, '').replace(/^0+/, '');
}
