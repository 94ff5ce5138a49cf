// The sandbox's web page, for people: its files, and those of its libraries, as they lie in the project.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import type { FastifyInstance } from 'fastify';

import { refuseOtherPages } from './otherPages.mts';

/** Path, file and media type. The folder is found from the project's root, where npm starts everything. */
const files = [
	['/', 'sandbox/page/index.html', 'text/html'],
	['/icon.svg', 'icons/whitelabelcro.svg', 'image/svg+xml'],
	['/page.css', 'sandbox/page/page.css', 'text/css'],
	['/pico.css', 'node_modules/@picocss/pico/css/pico.min.css', 'text/css'],
	['/preact.mjs', 'node_modules/preact/dist/preact.mjs', 'text/javascript'],
	['/preact-hooks.mjs', 'node_modules/preact/hooks/dist/hooks.mjs', 'text/javascript'],
	['/htm.mjs', 'node_modules/htm/dist/htm.mjs', 'text/javascript'],
	['/htm-preact.mjs', 'node_modules/htm/preact/index.mjs', 'text/javascript'],
	...['page', 'control', 'controls', 'lists', 'parts'].map(
		(name) => [`/${name}.mjs`, `sandbox/page/${name}.mjs`, 'text/javascript'] as const,
	),
] as const;

/** Registers the page at `/`; what it shows and does goes through the control endpoints. */
export function pageRoutes(app: FastifyInstance): void {
	refuseOtherPages(app);
	for (const [path, file, type] of files) {
		app.get(path, async (_request, reply) => {
			const text = await readFile(file, 'utf8');
			return reply
				.headers({
					'cache-control': 'no-cache',
					'content-security-policy': policy(text),
					'cross-origin-resource-policy': 'same-origin',
					'referrer-policy': 'no-referrer',
					'x-content-type-options': 'nosniff',
				})
				.type(`${type}; charset=utf-8`)
				.send(text);
		});
	}
}

/** What the browser may do for a page: nothing inline but its map of modules, which it knows by the hash. */
function policy(text: string): string {
	const [, map = ''] = /<script type="importmap">(.*?)<\/script>/s.exec(text) ?? [];
	const hash = createHash('sha256').update(map).digest('base64');
	return [
		"default-src 'self'",
		`script-src 'self' 'sha256-${hash}'`,
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
		"require-trusted-types-for 'script'",
	].join('; ');
}
