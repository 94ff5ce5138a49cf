// Where a test file runs: in the realm of jest's worker itself, instead of in one of its own. So what comes from node_modules/
// is loaded once for all files that a worker runs (test/once.mjs): n8n's engine alone takes a second.
import { createRequire } from 'node:module';
import vm from 'node:vm';

import { ModernFakeTimers } from '@jest/fake-timers';
import { ModuleMocker } from 'jest-mock';

/** What jest takes for the context of a realm, but is none. */
const OWN_REALM = {};

const { compileFunction } = vm;
vm.compileFunction = (code, parameters, { parsingContext, ...options }) =>
	compileFunction(code, parameters, parsingContext === OWN_REALM ? options : { parsingContext, ...options });

export default class OwnRealm {
	moduleMocker = new ModuleMocker(globalThis);
	fakeTimers = null;
	global = globalThis;
	// Before jest and the tests change them.
	#globals = Object.getOwnPropertyDescriptors(globalThis);
	#process = { exit: process.exit, getBuiltinModule: process.getBuiltinModule };

	constructor({ projectConfig }) {
		this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
		Object.assign(globalThis, projectConfig.globals, { requireOnce: createRequire(import.meta.url) });
	}

	async setup() {}

	/** Leaves nothing to the next test file. */
	async teardown() {
		this.fakeTimersModern.dispose();
		this.fakeTimersModern = null;
		this.global = null;
		for (const name of Reflect.ownKeys(globalThis)) {
			if (!Object.hasOwn(this.#globals, name)) Reflect.deleteProperty(globalThis, name);
		}
		Object.defineProperties(globalThis, this.#globals);
		Object.assign(process, this.#process);
	}

	exportConditions() {
		return ['node', 'node-addons'];
	}

	getVmContext() {
		return OWN_REALM;
	}
}
