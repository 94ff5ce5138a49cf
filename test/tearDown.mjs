import { rmSync } from 'node:fs';

export default function tearDown() {
	if (process.env.N8N_USER_FOLDER) rmSync(process.env.N8N_USER_FOLDER, { recursive: true, force: true });
}
