import { tsImport } from 'tsx/esm/api';

export default async function setUp() {
	const { openReception } = await tsImport('./sharedServers.mts', import.meta.url);
	globalThis.closeReception = await openReception();
}
