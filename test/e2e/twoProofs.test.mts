// Every event runs once and what went wrong is shown, whatever becomes of its delivery on the way: what the signature does not prove,
// the CRM's event log does. All of it happens at once, since checks are waited for.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { jsonParse } from 'n8n-workflow';

import { patience, slowness } from '../../scripts/real-n8n/patience.mts';
import { until } from '../../scripts/real-n8n/until.mts';
import { mapConcurrent } from '../mapConcurrent.mts';
import { type Office, type OfficeOptions, Offices } from './offices.mts';
import { LOGIN_PAGE, type Proxy, reserialized } from './proxy.mts';
import { registrations } from './registrations.mts';
import { SET_UP_TIMEOUT_MS } from './stage.mts';
import { MISSED_MS, TOLD_MS } from './times.mts';

const EVENTS = 12;
const TEN_MINUTES_MS = 10 * 60_000;
/** All else that a test does. */
const TEST_MS = 60_000;
/** A publication has some tries of its own, and n8n takes only so many at once. */
const PUBLISHED_AT_ONCE = 3;

/** What an office has to put up with. */
interface Trouble extends OfficeOptions {
	rewrite?: Proxy['rewrite'];
}

/** Another body for the same event: who trusts it shows it. */
const forged: Proxy['rewrite'] = (body) => {
	const event = jsonParse<object>(body, { fallbackValue: {} });
	return 'payload' in event ? { body: JSON.stringify({ ...event, payload: { client_id: 666 } }) } : {};
};

const bodyOnly: Proxy['rewrite'] = (_body, headers) => ({
	headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !/signature/.test(name))),
});

/** A signature over a timestamp, which holds for five minutes. */
const SIGNED_TIME = { signature: 't-v1-hex-timestamp' } as const;

const troubles: Array<[though: string, trouble: Trouble]> = [
	['nothing is wrong', {}],
	['a proxy writes every body anew', { rewrite: reserialized }],
	['a proxy changes what bodies say', { rewrite: forged }],
	['a proxy takes the signature away', { rewrite: bodyOnly }],
	['the signature is of no length that any code knows', { dialect: { signature: 'sha512-hex-body' } }],
	['the signature covers what no code knows', { dialect: { signature: 'sha256-hex-method-body' } }],
	[
		'no code knows the signature, and the log lags behind',
		{ dialect: { signature: 'sha512-hex-body', eventLogDelayMs: 4000 } },
	],
	["n8n's clock is ten minutes ahead", { dialect: SIGNED_TIME, clockAheadMs: -TEN_MINUTES_MS }],
	["n8n's clock is ten minutes behind", { dialect: SIGNED_TIME, clockAheadMs: TEN_MINUTES_MS }],
	['no secret can be read', { dialect: { subscriptionSecretKey: 'verification_token' } }],
];
const LOGIN = 'a login page answers';
const REFUSED = 'the key may not read events';
const others: typeof troubles = [
	[LOGIN, {}],
	[REFUSED, { dialect: { signature: 'sha512-hex-body' }, scopes: ['webhooks:write'] }],
];

/** The offices at one n8n, by what they have to put up with; an error stands for one that could not be opened. */
class Troubles {
	private readonly all = new Map<string, Office | Error>();

	private constructor(private readonly offices: Offices) {}

	static async begin(variables: NodeJS.ProcessEnv): Promise<Troubles> {
		const begun = new Troubles(await Offices.begin(variables));
		try {
			await begun.openAll();
			begun.meet();
			await begun.raise();
			return begun;
		} catch (error) {
			await begun.end();
			throw error;
		}
	}

	private async openAll(): Promise<void> {
		await mapConcurrent([...troubles, ...others], PUBLISHED_AT_ONCE, async ([though, trouble]) => {
			const opened = await this.offices.open(though, trouble).catch((error: unknown) => error as Error);
			this.all.set(though, opened);
		});
	}

	/** @throws Error if it could not be opened */
	office(though: string): Office {
		const office = this.all.get(though);
		if (office === undefined || office instanceof Error) throw office ?? new Error(`There is no ${though}`);
		return office;
	}

	/** Where the CRM sends deliveries to. */
	get address(): string {
		return this.offices.proxy.url;
	}

	async end(): Promise<void> {
		await this.offices.end();
	}

	/** Ends the login page. */
	logIn(): void {
		this.offices.proxy.answersInstead = () => undefined;
	}

	/** Lets the proxy treat each office's deliveries as it should. */
	private meet(): void {
		const { proxy } = this.offices;
		const rewriters = new Map<string, Proxy['rewrite']>();
		for (const [though, { rewrite }] of troubles)
			if (rewrite) rewriters.set(this.office(though).path, rewrite);
		proxy.rewrite = (body, headers, path) => rewriters.get(path)?.(body, headers, path) ?? {};
		const login = this.office(LOGIN).path;
		proxy.answersInstead = (path) => (path === login ? { status: 200, body: LOGIN_PAGE } : undefined);
	}

	/** Has events happen everywhere, one after the other, as quickly as this machine runs them: n8n gives up on a database that is busy for long. */
	private async raise(): Promise<void> {
		for (let count = 0; count < EVENTS; count++) {
			for (const office of this.all.values()) if (!(office instanceof Error)) office.raise(1);
			await sleep(1000 * slowness());
		}
	}
}

const all = new Map<string, Troubles>();

// All at once: each is waited for as long.
beforeAll(async () => {
	await Promise.all(
		registrations.map(async ([name, variables]) => all.set(name, await Troubles.begin(variables))),
	);
}, SET_UP_TIMEOUT_MS);

afterAll(async () => {
	for (const begun of all.values()) await begun.end();
});

describe.each(registrations)('Where n8n registers triggers %s', (name) => {
	const begun = () => all.get(name) as Troubles;

	test.each(troubles)(
		'each delivery is accepted and runs once, with what the log says, though %s',
		async (though) => {
			const office = begun().office(though);
			const items = await office.runs.of(office.events, MISSED_MS);
			expect(items).toEqual(office.rows);
			await office.sandbox.settled();
			expect(office.accepted).toEqual(office.events);
			expect(await office.runs.failures()).toEqual([]);
		},
		patience(MISSED_MS + TEST_MS),
	);

	test(
		'each event runs once though a login page answers in the place of n8n, and a person is told who answered where',
		async () => {
			const office = begun().office(LOGIN);
			expect(await office.runs.of(office.events, MISSED_MS)).toEqual(office.rows);
			const failures = await until('a failed execution', TOLD_MS, async () => {
				const told = await office.runs.failures();
				return told.length > 0 ? told : undefined;
			});
			expect(failures).toEqual([expect.stringContaining(new URL(office.path, begun().address).href)]);
			expect(failures).toEqual([expect.stringMatching(/HTTP 200|text\/html|web page/i)]);

			begun().logIn();
			office.raise(3);
			expect(await office.runs.of(office.events, MISSED_MS)).toEqual(office.rows);
		},
		patience(2 * MISSED_MS + TOLD_MS + TEST_MS),
	);

	test(
		'what neither proof shows is refused, and a person is told what to do',
		async () => {
			const office = begun().office(REFUSED);
			const failures = await until('a failed execution', TOLD_MS, async () => {
				const told = await office.runs.failures();
				return told.length > 0 ? told : undefined;
			});
			expect(failures).toEqual([expect.stringContaining('events:read')]);
			expect(office.accepted).toEqual([]);
			expect(await office.runs.items()).toEqual([]);
		},
		patience(TOLD_MS + TEST_MS),
	);
});
