// Which part of credentials/ and nodes/ the unit and integration tests run. Both run what was built here, so that one figure
// counts both.
import config from './jest.config.mjs';

/** @type {import('jest').Config} */
export default {
	...config,
	moduleNameMapper: { '^(?:\\.\\./)+((?:credentials|nodes)/.+)\\.ts$': '<rootDir>/dist/$1.js' },
	collectCoverage: true,
	collectCoverageFrom: ['dist/**/*.js'],
	coverageReporters: [['text', { skipFull: true }]],
	coverageThreshold: { global: { lines: 99, branches: 96 } },
};
