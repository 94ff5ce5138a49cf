// The stage of a test file: a CRM and n8n's engine, started once, and as new before each test.
import { afterAll, afterEach, beforeAll, beforeEach, jest } from '@jest/globals';

import { scopes as allScopes } from '../../sandbox/keys.mts';
import type { Scope } from '../../sandbox/keys.mts';
import { startSandbox } from '../../sandbox/server.mts';
import type { Sandbox, SandboxOptions } from '../../sandbox/server.mts';
import { PLENTY } from '../fixtures.mts';
import { useLeapingClock } from './clock.mts';
import type { Address } from './address.mts';
import { ownAddress, startEngine } from './engine.mts';
import type { Credential, Engine } from './engine.mts';

interface StageOptions extends Pick<SandboxOptions, 'dialect' | 'limits'> {
	/** Of the key that each test gets; all if left out. */
	scopes?: readonly Scope[];
	/**
	 * It leaps over what the package waits for; or the time of day stands still, a test moves it by `jest.setSystemTime`, and waits
	 * take their time.
	 */
	clock?: 'leaps' | 'stands';
}

/** The parts can be named, but not used, before the first test begins. */
interface Stage {
	sandbox: Sandbox;
	engine: Engine;
	/** Where n8n is reached. */
	address: Address;
	/** The engine's. A test may change it. */
	credential: Credential;
	/** The CRM as new, with a new key, as before each test. */
	reset: () => void;
	/** Another n8n, with a key of its own for the same CRM. */
	engineWith: (key: string, address?: string) => Promise<Engine>;
}

/** What jest leaves as it is where only the time of day stands still. */
const NOT_THE_TIME_OF_DAY = [
	'hrtime',
	'nextTick',
	'performance',
	'queueMicrotask',
	'setImmediate',
	'clearImmediate',
	'setInterval',
	'clearInterval',
	'setTimeout',
	'clearTimeout',
] as const;

/** Sets the stage for the tests of a file or a `describe`. What is known of a key is kept in the process: each test has its own. */
export function useStage({
	scopes = allScopes,
	clock = 'leaps',
	limits = PLENTY,
	dialect = {},
}: StageOptions = {}): Stage {
	if (clock === 'leaps') useLeapingClock();
	const credential: Credential = { apiKey: '', baseUrl: '' };
	let sandbox: Sandbox;
	let engine: Engine;
	let address: Address;
	beforeAll(async () => {
		address = await ownAddress();
		sandbox = await startSandbox({ limits, dialect });
		engine = await startEngine(credential);
	});
	const reset = () => {
		sandbox.reset();
		Object.assign(address, { instead: undefined, isOfAnotherProcess: false, requests: 0 });
		Object.assign(credential, { apiKey: sandbox.createKey(scopes), baseUrl: sandbox.url });
	};
	beforeEach(() => {
		reset();
		if (clock === 'stands') jest.useFakeTimers({ doNotFake: [...NOT_THE_TIME_OF_DAY] });
	});
	afterEach(() => {
		jest.useRealTimers();
	});
	afterAll(() => sandbox.close());
	return {
		sandbox: standIn(() => sandbox),
		engine: standIn(() => engine),
		address: standIn(() => address),
		credential,
		reset,
		engineWith: (apiKey, address) => startEngine({ apiKey, baseUrl: sandbox.url }, address),
	};
}

/** An object that is handed out before there is the one that it stands for. */
function standIn<T extends object>(get: () => T): T {
	return new Proxy({} as T, {
		get: (_target, name) => Reflect.get(get(), name) as unknown,
		set: (_target, name, value) => Reflect.set(get(), name, value),
	});
}
