// Another interval at which published triggers check their subscriptions than the one that ships.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const SHIPPED = /(?<=exports\.CHECK_INTERVAL_MINUTES = )\d+(?=;)/g;

/**
 * Sets it, in minutes, in the package that is installed in a folder. Rejects unless the package says it in exactly one place.
 */
export async function setCheckInterval(folder: string, minutes: number): Promise<void> {
	const dist = join(folder, 'dist');
	const names = (await readdir(dist, { recursive: true })).filter((name) => name.endsWith('.js'));
	const files = await Promise.all(
		names.map(async (name) => ({ file: join(dist, name), text: await readFile(join(dist, name), 'utf8') })),
	);
	const places = files.flatMap(({ file, text }) => (text.match(SHIPPED) ?? []).map(() => ({ file, text })));
	const [place, ...others] = places;
	if (place === undefined || others.length > 0)
		throw new Error(`The package says its check interval in ${places.length} places instead of one.`);
	await writeFile(place.file, place.text.replace(SHIPPED, String(minutes)));
}
