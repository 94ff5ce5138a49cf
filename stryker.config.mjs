// `npm run test:mutation`: changes the pure modules in one place at a time, and tells which changes no unit test notices.
// docs/benchmarks.md has the score.
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default {
	mutate: [
		'nodes/WhiteLabelCro/contract/*.ts',
		'nodes/WhiteLabelCro/client/{rateLimiter,retry}.ts',
		'nodes/WhiteLabelCro/api/eventCursor.ts',
		'nodes/WhiteLabelCro/webhook/{deduplication,signature,catchUp/state,subscription/plan}.ts',
		'nodes/WhiteLabelCro/polling/position.ts',
	],
	testRunner: 'jest',
	jest: {
		config: {
			testMatch: [
				'<rootDir>/test/unit/{catchUpState,contract,deduplication,eventCursor,eventTypes,rateLimiter,retry,signature,subscription}.test.mts',
			],
			// Jest's own, since Stryker adds to the environment, and finds it by the name of a package only.
			testEnvironment: 'node',
			transformIgnorePatterns: ['/node_modules/'],
		},
	},
	ignorePatterns: ['dist'],
	// Elsewhere, since lint reads every file below this folder.
	tempDirName: join(tmpdir(), 'whitelabelcro-mutation'),
	cleanTempDir: 'always',
	concurrency: 2,
	timeoutMS: 20_000,
	reporters: ['clear-text', 'progress'],
	clearTextReporter: { reportTests: false },
};
