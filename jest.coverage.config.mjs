// Which part of credentials/ and nodes/ the unit and integration tests run. Both run what was built here, so that one figure
// counts both; by source maps, it is that of the sources.
import config from './jest.config.mjs';

/** @type {import('jest').Config} */
export default {
	...config,
	moduleNameMapper: { '^(?:\\.\\./)+((?:credentials|nodes)/.+)\\.ts$': '<rootDir>/dist/$1.js' },
	globalSetup: '<rootDir>/test/coverageSetup.mjs',
	collectCoverage: true,
	collectCoverageFrom: ['dist/**/*.js'],
	coverageReporters: [['text', { skipFull: true }]],
	coverageThreshold: { global: { lines: 99, branches: 96 } },
};
