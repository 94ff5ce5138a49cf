// Chromium, as a person has it: what every browser test looks through.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContext, type Page, chromium } from 'playwright-core';
import { patience } from '../../scripts/real-n8n/patience.mts';

const IMAGES = 'docs/images';
/** What anything that is waited for on a page takes on a quiet machine. */
const PAGE_MS = 3_000;
const KNOWN_PLACES = [
	'/usr/bin/chromium',
	'/usr/bin/chromium-browser',
	'/usr/bin/google-chrome',
	'/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Starts the system's Chromium, or the one that CHROMIUM names. It reaches 127.0.0.1 only. Rejects if there is none. */
export async function openBrowser(): Promise<Browser> {
	const executablePath = [process.env.CHROMIUM ?? '', ...KNOWN_PLACES].find((path) => existsSync(path));
	if (executablePath === undefined) {
		throw new Error(
			'There is no Chromium. Install it (Debian: apt-get install chromium) or name it in CHROMIUM.',
		);
	}
	return await chromium.launch({
		executablePath,
		timeout: patience(PAGE_MS),
		args: [
			'--no-sandbox',
			'--disable-gpu',
			'--disable-dev-shm-usage',
			'--disable-background-networking',
			'--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
		],
	});
}

/** A window of the editor of n8n at `url`, with its owner signed in. */
export async function openEditor(
	browser: Browser,
	url: string,
	owner: { email: string; password: string },
	theme: 'light' | 'dark' = 'light',
): Promise<{ context: BrowserContext; page: Page }> {
	const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: theme });
	const login = { emailOrLdapLoginId: owner.email, password: owner.password };
	const answer = await context.request.post(`${url}/rest/login`, { data: login });
	if (!answer.ok()) throw new Error(`n8n answered the login with ${answer.status()}`);
	return { context, page: await newPage(context) };
}

/** A page that waits for what it is asked for as long as patience lasts. */
export async function newPage(context: BrowserContext): Promise<Page> {
	const page = await context.newPage();
	page.setDefaultTimeout(patience(PAGE_MS));
	return page;
}

/** Waits for what cannot be seen to have come: `quietMs` is what it takes on a quiet machine. */
export async function settle(page: Page, quietMs: number): Promise<void> {
	await page.waitForTimeout(patience(quietMs));
}

/** The element, or elements, that n8n itself has marked for tests. */
export const testId = (id: string) => `[data-test-id="${id}"]`;

/** Keeps a picture for the documentation as docs/images/<name>.png. */
export async function picture(page: Page, name: string): Promise<void> {
	mkdirSync(IMAGES, { recursive: true });
	await page.screenshot({ path: join(IMAGES, `${name}.png`) });
}
