// How n8n registers its triggers when it starts.
import type { N8nServer } from '../../scripts/real-n8n/server.mts';
import { N8N_VERSION, OLDEST } from '../../scripts/real-n8n/install.mts';

/** As versions before the publication service do: every trigger anew. */
const EVERY_TRIGGER_ANEW = { N8N_USE_WORKFLOW_PUBLICATION_SERVICE: 'false' };

/** Each way that this version of n8n knows, and the environment variables by which it goes that way. */
export const registrations: Array<[name: string, variables: NodeJS.ProcessEnv]> = [['by default', {}]];
// The oldest knows one way, whatever it is told.
if (N8N_VERSION !== OLDEST) registrations.push(['as older versions do', EVERY_TRIGGER_ANEW]);

/** Restarts n8n so that it goes by its default again, if it does not. */
export async function goByDefault(server: N8nServer, variables: NodeJS.ProcessEnv): Promise<void> {
	if (variables === EVERY_TRIGGER_ANEW) await server.restart();
}
