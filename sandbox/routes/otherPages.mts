// What keeps web pages of other origins away from the sandbox's own endpoints.
import type { FastifyInstance } from 'fastify';

/**
 * Makes every route of the app answer 403 to what another web page sends: a page whose name was made to point at this
 * machine sends that name as Host, and a browser names the origin of every page that writes across origins.
 */
export function refuseOtherPages(app: FastifyInstance): void {
	app.addHook('onRequest', async (request, reply) => {
		const { origin } = request.headers;
		if (!['127.0.0.1', 'localhost'].includes(request.hostname)) {
			await reply.code(403).send({ message: 'The control endpoints answer on loopback only' });
		} else if (origin !== undefined && origin !== `http://${request.host}`) {
			await reply.code(403).send({ message: 'The control endpoints answer to no page of another origin' });
		}
	});
}
