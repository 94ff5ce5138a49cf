// Shorter times than those that ship, for what a test would wait for: how often published triggers check their subscriptions, how long an
// event is left to the CRM's own retries, and when a person hears of what is wrong.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const MINUTE_MS = 60_000;

/** In minutes. Those that are left out stay as they ship. */
export interface Times {
	checkInterval?: number;
	grace?: number;
	/** How long a trigger has to be unhealthy until a failed execution says so. */
	alert?: number;
}

/** Where each is found, as it is compiled, and in how many milliseconds it is written. */
const SHIPPED: Record<keyof Times, { place: RegExp; unitMs: number }> = {
	checkInterval: { place: /(?<=exports\.CHECK_INTERVAL_MINUTES = )\d+(?=;)/g, unitMs: MINUTE_MS },
	grace: { place: /(?<=exports\.GRACE_MS = )\d[^;]*(?=;)/g, unitMs: 1 },
	alert: { place: /(?<=\bUNHEALTHY_AFTER_MS = )\d[^;]*(?=;)/g, unitMs: 1 },
};

/** The least that n8n's schedules allow, and time for a few retries; communityNodes.test.mts waits for the times that ship. */
export const SOON = { checkInterval: 1, grace: 0.75 };
/** The same with people told between the second check that finds something wrong and the third. */
export const TOLD_SOON = { ...SOON, alert: 1.5 };
/** From one check to the next. */
export const CHECK_MS = SOON.checkInterval * MINUTE_MS;
/**
 * Until what is missed has been started: the event is old enough by then, three checks have proved that deliveries would arrive
 * here, and the next one may be late.
 */
export const MISSED_MS = SOON.grace * MINUTE_MS + 3 * CHECK_MS;
/** Until a person is told: two checks later than what is wrong has lasted so long. */
export const TOLD_MS = TOLD_SOON.alert * MINUTE_MS + 2 * CHECK_MS;

/** Sets times of the package that is installed in a folder. Rejects unless the package says each in exactly one place. */
export async function setTimes(folder: string, times: Times): Promise<void> {
	for (const name of Object.keys(SHIPPED) as Array<keyof Times>) {
		const minutes = times[name];
		if (minutes !== undefined) await setTime(folder, name, minutes);
	}
}

async function setTime(folder: string, name: keyof Times, minutes: number): Promise<void> {
	const { place, unitMs } = SHIPPED[name];
	const dist = join(folder, 'dist');
	const names = (await readdir(dist, { recursive: true })).filter((file) => file.endsWith('.js'));
	const files = await Promise.all(
		names.map(async (file) => ({ file: join(dist, file), text: await readFile(join(dist, file), 'utf8') })),
	);
	const places = files.flatMap(({ file, text }) => (text.match(place) ?? []).map(() => ({ file, text })));
	const [found, ...others] = places;
	if (found === undefined || others.length > 0)
		throw new Error(`The package says its ${name} in ${places.length} places instead of one.`);
	await writeFile(found.file, found.text.replace(place, String((minutes * MINUTE_MS) / unitMs)));
}
