// Shorter times than those that ship: how often published triggers check their subscriptions, and when a person hears of what they find.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

interface ShippedTime {
	name: string;
	/** Finds it, as it is compiled. */
	shipped: RegExp;
	/** It is written in so many milliseconds. */
	unitMs: number;
}

const CHECK_INTERVAL: ShippedTime = {
	name: 'check interval',
	shipped: /(?<=exports\.CHECK_INTERVAL_MINUTES = )\d+(?=;)/g,
	unitMs: 60_000,
};
const UNHEALTHY_AFTER: ShippedTime = {
	name: 'time until a person is told',
	shipped: /(?<=\bUNHEALTHY_AFTER_MS = )\d[^;]*(?=;)/g,
	unitMs: 1,
};

/** Sets how often triggers check, in the package that is installed in a folder. Rejects unless the package says it in exactly one place. */
export async function setCheckInterval(folder: string, minutes: number): Promise<void> {
	await setTime(folder, CHECK_INTERVAL, minutes);
}

/** The same for how long a trigger has to be unhealthy until a failed execution says so. */
export async function setAlertTime(folder: string, minutes: number): Promise<void> {
	await setTime(folder, UNHEALTHY_AFTER, minutes);
}

async function setTime(
	folder: string,
	{ name, shipped, unitMs }: ShippedTime,
	minutes: number,
): Promise<void> {
	const dist = join(folder, 'dist');
	const names = (await readdir(dist, { recursive: true })).filter((file) => file.endsWith('.js'));
	const files = await Promise.all(
		names.map(async (file) => ({ file: join(dist, file), text: await readFile(join(dist, file), 'utf8') })),
	);
	const places = files.flatMap(({ file, text }) => (text.match(shipped) ?? []).map(() => ({ file, text })));
	const [place, ...others] = places;
	if (place === undefined || others.length > 0)
		throw new Error(`The package says its ${name} in ${places.length} places instead of one.`);
	await writeFile(place.file, place.text.replace(shipped, String((minutes * 60_000) / unitMs)));
}
