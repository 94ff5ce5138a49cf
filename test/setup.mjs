// n8n-core writes its settings below N8N_USER_FOLDER while it loads: without this a test run would write into the home
// directory. Set before the test files are loaded, and inherited by jest's workers.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default function setUp() {
	process.env.N8N_USER_FOLDER = mkdtempSync(join(tmpdir(), 'whitelabelcro-test-'));
	process.env.N8N_ENCRYPTION_KEY = 'not-a-secret-only-for-tests-32ch';
	process.env.N8N_LOG_LEVEL = 'silent';
}
