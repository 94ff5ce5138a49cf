import { availableParallelism } from 'node:os';

/** @type {import('jest').Config} */
export default {
	testEnvironment: '<rootDir>/test/environment.mjs',
	testMatch: ['<rootDir>/test/**/*.test.mts'],
	moduleFileExtensions: ['mts', 'ts', 'mjs', 'js', 'cjs', 'json', 'node'],
	transform: {
		'^.+\\.m?ts$': [
			'@swc/jest',
			{
				jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
				module: { type: 'commonjs' },
			},
		],
		'/node_modules/(ajv|fast-check|fastify|n8n-core|n8n-workflow|reflect-metadata|yaml)/':
			'<rootDir>/test/once.mjs',
	},
	transformIgnorePatterns: [],
	// The tests wait more than they compute. Jest takes '200%' for 200 workers.
	maxWorkers: 2 * availableParallelism(),
	testSequencer: '<rootDir>/test/sequencer.mjs',
	setupFilesAfterEnv: ['<rootDir>/test/limit.mts'],
	globalSetup: '<rootDir>/test/setup.mjs',
	globalTeardown: '<rootDir>/test/tearDown.mjs',
	modulePathIgnorePatterns: ['<rootDir>/dist/package.json'],
};
