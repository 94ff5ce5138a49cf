// The sandbox's web page, for people: its files, as they lie in sandbox/page.
import { readFile } from 'node:fs/promises';

import type { FastifyInstance } from 'fastify';

import { refuseOtherPages } from './otherPages.mts';

/** Path, file and media type. The folder is found from the project's root, where npm starts everything. */
const files = [
	['/', 'sandbox/page/index.html', 'text/html'],
	['/page.css', 'sandbox/page/page.css', 'text/css'],
	['/page.mjs', 'sandbox/page/page.mjs', 'text/javascript'],
	['/control.mjs', 'sandbox/page/control.mjs', 'text/javascript'],
	['/settings.mjs', 'sandbox/page/settings.mjs', 'text/javascript'],
	['/dom.mjs', 'sandbox/page/dom.mjs', 'text/javascript'],
	['/actions.mjs', 'sandbox/page/actions.mjs', 'text/javascript'],
	['/tables.mjs', 'sandbox/page/tables.mjs', 'text/javascript'],
	['/table.mjs', 'sandbox/page/table.mjs', 'text/javascript'],
	['/columns.mjs', 'sandbox/page/columns.mjs', 'text/javascript'],
	['/message.mjs', 'sandbox/page/message.mjs', 'text/javascript'],
	['/icon.svg', 'icons/whitelabelcro.svg', 'image/svg+xml'],
] as const;

const headers = {
	'cache-control': 'no-cache',
	'content-security-policy':
		"default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
	'cross-origin-resource-policy': 'same-origin',
	'referrer-policy': 'no-referrer',
	'x-content-type-options': 'nosniff',
};

/** Registers the page at `/`; what it shows and does goes through the control endpoints. */
export function pageRoutes(app: FastifyInstance): void {
	refuseOtherPages(app);
	for (const [path, file, type] of files) {
		app.get(path, async (_request, reply) =>
			reply
				.headers(headers)
				.type(`${type}; charset=utf-8`)
				.send(await readFile(file)),
		);
	}
}
