// The end-to-end tests on two versions of n8n in one run, so that those which wait do so side by side. One version alone:
// `npm run test:e2e -- --selectProjects oldest`.
import config from './jest.config.mjs';

const { maxWorkers, testSequencer, ...common } = config;

const on = (version) => ({
	...common,
	displayName: version,
	testMatch: ['<rootDir>/test/e2e/*.test.mts'],
	globalSetup: '<rootDir>/test/e2e/setup.mjs',
	globalTeardown: '<rootDir>/test/e2e/tearDown.mjs',
	setupFiles: ['<rootDir>/test/e2e/version.mts'],
	globals: { N8N_VERSION: version },
});

/** @type {import('jest').Config} */
export default {
	// Of an n8n and a test each: most of them wait most of the time.
	maxWorkers,
	testSequencer,
	projects: ['newest', 'oldest'].map(on),
};
