import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import axe, { type AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';

import type { Subscription } from '../../sandbox/store/model.mts';
import { type Sandbox, startSandbox } from '../../sandbox/server.mts';
import { patience } from '../../scripts/real-n8n/patience.mts';
import { until } from '../../scripts/real-n8n/until.mts';
import { call, type Receiver, startReceiver, subscribe } from '../integration/sandbox/support.mts';
import { newPage, openBrowser, picture } from './browser.mts';

let sandbox: Sandbox;
let receiver: Receiver;
let browser: Browser;
let page: Page;
/** What the browser complained about, and what it asked of other hosts. */
let complaints: string[] = [];

beforeAll(async () => {
	sandbox = await startSandbox({ control: true });
	receiver = await startReceiver();
	browser = await openBrowser();
});
beforeEach(async () => {
	page = await open({});
});
afterEach(async () => {
	await page.context().close();
	sandbox.reset();
	receiver.received.length = 0;
	receiver.answer = (response) => {
		response.end('ok');
	};
	expect(complaints.splice(0)).toEqual([]);
});
afterAll(async () => {
	await browser.close();
	await sandbox.close();
	await receiver.close();
});

async function open(look: { width?: number; theme?: 'light' | 'dark' }): Promise<Page> {
	const viewport = { width: look.width ?? 1440, height: 900 };
	const context = await browser.newContext({ viewport, colorScheme: look.theme ?? 'light' });
	const opened = await newPage(context);
	opened.on('pageerror', (error) => complaints.push(error.message));
	opened.on('console', (message) => {
		if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
	});
	opened.on('request', (request) => {
		if (!request.url().startsWith(`${sandbox.url}/`)) complaints.push(`asked for ${request.url()}`);
	});
	await opened.goto(sandbox.url);
	await opened.getByText('Live', { exact: true }).waitFor();
	return opened;
}

const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
const fill = (label: string, value: string) => page.getByLabel(label, { exact: true }).fill(value);
const choice = (name: string) => page.getByRole('combobox', { name, exact: true });
const choose = (name: string, value: string) => choice(name).selectOption(value);
const table = (name: string) => page.getByRole('table', { name, exact: true });
/** The row of a try, where only one delivery is tried so often. */
const deliveryRow = (attempt: number) => table('Deliveries').getByRole('row', { name: `501 ${attempt} ` });
/** Waits until the row of the list holds all these texts. */
const seeRow = async (list: string, ...texts: string[]) => {
	let row = table(list).locator('tbody tr');
	for (const text of texts) row = row.filter({ hasText: text });
	await row.first().waitFor();
};
/** Waits until the page says this of the last action. A browser reports a refused one, which is then no complaint. */
const hear = async (text: string, tone: 'good' | 'bad' = 'good') => {
	const result = page.locator(`#result[role="status"][aria-live="polite"][data-tone="${tone}"]`);
	await result.filter({ hasText: text }).waitFor();
	if (tone === 'bad') complaints = complaints.filter((complaint) => !complaint.includes('400 (Bad Request)'));
};
const subscription = () => sandbox.store.subscriptions.get(501) as Subscription;
const everyType = ['lead.created', 'client.status_changed', 'payment.succeeded', 'payment.failed'];

describe('an action on the page', () => {
	test('creates a lead with the fields that were filled in, and shows it with its event', async () => {
		await fill('First name', 'Mei');
		await fill('E-mail', 'mei@example.com');
		await press('Create lead');
		await hear('Lead 20001 created.');
		expect(sandbox.store.records.get(20001)).toMatchObject({
			first_name: 'Mei',
			last_name: 'Demo',
			email: 'mei@example.com',
		});
		await seeRow('Leads', '20001', 'Mei Demo', 'Lead - New');
		await seeRow('Events', '45679 lead.created');
		expect(await page.getByLabel('First name').inputValue()).toBe('');
		expect(await choice('Lead or client').inputValue()).toBe('20001');
	});

	test('says in the words of the sandbox why a lead was refused', async () => {
		await fill('E-mail', 'nowhere');
		await press('Create lead');
		await hear('email: must be an e-mail address', 'bad');
		expect(sandbox.store.events).toHaveLength(1);
	});

	test("changes a client's status and raises client.status_changed", async () => {
		await subscribe(sandbox, receiver.url, everyType);
		await choose('Lead or client', '12345');
		await page.getByText('Status now: Client - Active').waitFor();
		await choose('New status', 'Client - Graduated');
		await press('Change status');
		await hear(
			'“Client - Active” to “Client - Graduated”. Event 45679 client.status_changed raised. On its way',
		);
		expect(sandbox.store.records.get(12345)?.status.status_name).toBe('Client - Graduated');
		expect(sandbox.store.events.at(-1)?.payload).toMatchObject({
			client_id: 12345,
			previous_status: 'Client - Active',
			new_status: 'Client - Graduated',
		});
		await seeRow('Deliveries', '45679 client.status_changed', 'Delivered: 200');
		expect(receiver.received).toHaveLength(1);
		await page.getByText('Status now: Client - Graduated').waitFor();
	});

	test('says that the CRM raises no event for a lead that stays a lead', async () => {
		await choose('Lead or client', '12401');
		await choose('New status', 'Lead - Qualified');
		await press('Change status');
		await hear('“Lead - New” to “Lead - Qualified”. The CRM raises no event for that.');
		await seeRow('Leads', '12401', 'Lead - Qualified');
		expect(sandbox.store.events).toHaveLength(1);
	});

	test.each([
		['Take a payment', 'payment.succeeded'],
		['Fail a payment', 'payment.failed'],
		['Upload a document', 'document.uploaded'],
		['Sign an agreement', 'agreement.signed'],
	])('%s raises %s for the chosen client', async (button, type) => {
		await choose('Lead or client', '12346');
		await press(button);
		await hear(`Event 45679 ${type} raised. No active subscription wants it.`);
		expect(sandbox.store.events.at(-1)).toMatchObject({ type, payload: { client_id: 12346 } });
		await seeRow('Events', `45679 ${type}`);
	});

	test('raises an event of any of the ten types, whose payload can be unfolded', async () => {
		expect(await choice('Event type').locator('option').count()).toBe(10);
		await choose('Event type', 'invoice.created');
		await press('Raise event');
		await hear('Event 45679 invoice.created raised.');
		await table('Events').locator('summary').first().click();
		await page.getByText('"description": "Monthly plan"').waitFor();
		// The unfolded row stays unfolded while others come in.
		sandbox.createLead();
		await seeRow('Events', '45680 lead.created');
		expect(await page.getByText('"description": "Monthly plan"').isVisible()).toBe(true);
	});

	test('delivers an event once more', async () => {
		await subscribe(sandbox, receiver.url, everyType);
		const { id } = sandbox.raise('payment.failed');
		await press(`Deliver again: event ${id}`);
		await hear(`Event ${id} payment.failed delivered once more. On its way to subscription 501.`);
		await sandbox.settled();
		expect(receiver.received.map(({ eventId }) => eventId)).toEqual([id, id]);
	});

	test('trips the breaker of a subscription', async () => {
		await subscribe(sandbox, receiver.url, everyType);
		await seeRow('Subscriptions', '501', receiver.url, 'payment.failed', 'Active');
		await press('Trip breaker of subscription 501');
		await hear('Subscription 501 disabled');
		expect(subscription().isActive).toBe(false);
		await seeRow('Subscriptions', 'Disabled by the circuit breaker', '10');
		sandbox.raise('payment.failed');
		expect(sandbox.pending()).toEqual([]);
	});

	test('switches a setting of the dialect to any value there is, and a number too', async () => {
		await choose('Setting', 'signature');
		await choose('Value', 'standard-webhooks');
		await press('Switch setting');
		await hear('Setting signature is standard-webhooks from now on.');
		await choose('Setting', 'newAffiliatesApproved');
		await choose('Value', 'false');
		await press('Switch setting');
		await hear('Setting newAffiliatesApproved is false');
		await choose('Setting', 'breakerFailures');
		await fill('Number', '3');
		await press('Switch setting');
		await hear('Setting breakerFailures is 3');
		expect(sandbox.dialect).toMatchObject({
			signature: 'standard-webhooks',
			newAffiliatesApproved: false,
			breakerFailures: 3,
		});
		expect(await page.locator('#changes li').allTextContents()).toEqual([
			'newAffiliatesApproved: false',
			'signature: standard-webhooks',
			'breakerFailures: 3',
		]);
		await fill('Number', '');
		await press('Switch setting');
		await hear('must be a whole number above zero', 'bad');
	});

	test('injects faults into deliveries and into requests, and clears them', async () => {
		await subscribe(sandbox, receiver.url, everyType);
		await choose('What', 'duplicate-delivery');
		await press('Inject fault');
		await hear('Fault duplicate-delivery injected.');
		sandbox.raise('payment.failed');
		await sandbox.settled();
		expect(receiver.received).toHaveLength(2);
		await page.getByText('duplicate-delivery on deliveries: struck 1 of 1 times').waitFor();

		await choose('Where', 'request');
		await choose('What', 'status-before');
		await fill('Requests, as a pattern of method and path', 'GET /api/v1/events');
		await fill('Status', '502');
		await fill('How often (empty: always)', '');
		await press('Inject fault');
		await hear('Fault status-before injected.');
		expect(await call(sandbox, 'GET', '/events')).toMatchObject({ status: 502 });
		await seeRow('API requests', 'GET /api/v1/events', '502');

		await press('Clear faults');
		await hear('All faults cleared.');
		expect(sandbox.faults.list()).toEqual([]);
		await page.getByText('No fault is in force.').waitFor();
		await fill('Requests, as a pattern of method and path', '(');
		await press('Inject fault');
		await hear('Invalid regular expression', 'bad');
	});

	test('starts afresh only after a confirmation', async () => {
		sandbox.createLead();
		await press('Start afresh …');
		await press('Keep everything');
		expect(sandbox.store.events).toHaveLength(2);
		await press('Start afresh …');
		await press('Start afresh');
		await hear('Started afresh');
		expect(sandbox.store.events).toHaveLength(1);
		expect(sandbox.store.records.get(20001)).toBeUndefined();
		expect(await table('Leads').locator('tbody tr').count()).toBe(3);
	});

	test('copies what the credential in n8n needs', async () => {
		await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
		await press('Copy API key');
		await hear('Copied.');
		expect(await page.evaluate('navigator.clipboard.readText()')).toBe(sandbox.apiKey);
		await press('Copy base URL');
		await until('the copy', 500, async () =>
			(await page.evaluate('navigator.clipboard.readText()')) === sandbox.url ? true : undefined,
		);
	});
});

describe('what happens elsewhere', () => {
	test('shows at once: deliveries with their retries, until the target answers again', async () => {
		let broken = true;
		receiver.answer = (response) => {
			response.statusCode = broken ? 503 : 200;
			response.end(broken ? 'out of order' : 'ok');
		};
		await subscribe(sandbox, receiver.url, everyType);
		// The third try comes when all that is to be seen before has been seen.
		sandbox.setDialect({ backoffBaseMs: patience(200) });
		const { id } = sandbox.raise('payment.failed');
		await deliveryRow(1).getByText('Failed: 503').waitFor();
		await deliveryRow(2).getByText('Failed: 503').waitFor();
		await deliveryRow(2)
			.getByText(/^in \d+ s$|^now$/)
			.waitFor();
		expect(
			await deliveryRow(1)
				.getByText(/^in|^now/)
				.count(),
		).toBe(0);
		await page.getByText('Retries scheduled: 1.').waitFor();
		await table('Subscriptions').getByRole('cell', { name: '2', exact: true }).waitFor();
		broken = false;
		const delivered = table('Deliveries').getByRole('row').filter({ hasText: 'Delivered: 200' });
		await delivered.waitFor();
		expect(await delivered.textContent()).toContain(`${id} payment.failed`);
		expect(await delivered.textContent()).toContain('sha256-hex-body');
		await table('Subscriptions').getByRole('cell', { name: '0', exact: true }).waitFor();
		expect(await page.getByText('Retries scheduled').count()).toBe(0);
		await deliveryRow(1).locator('summary').click();
		await deliveryRow(1).getByText('out of order').waitFor();
	});

	test('shows a delivery that the target has not answered yet', async () => {
		let answer: (() => void) | undefined;
		receiver.answer = (response) => {
			answer = () => response.end('ok');
		};
		await subscribe(sandbox, receiver.url, everyType);
		sandbox.raise('payment.failed');
		await seeRow('Deliveries', '45679 payment.failed', 'Under way');
		answer?.();
		await seeRow('Deliveries', '45679 payment.failed', 'Delivered: 200');
		expect(await table('Deliveries').locator('tbody tr').count()).toBe(1);
	});

	test('shows the requests of the API, never a key', async () => {
		await call(sandbox, 'POST', '/integrations/clients/12345/notes', { body: { text: 'Welcome' } });
		await call(sandbox, 'GET', '/events', { key: 'wlcro_live_92_wrong' });
		await seeRow('API requests', 'POST /api/v1/integrations/clients/12345/notes', '201', 'key-1');
		await seeRow('API requests', 'GET /api/v1/events', '401', 'none');
		await seeRow('Notes', '9001', '12345', 'Welcome');
		await seeRow('Affiliates', 'Paula Partner', 'Approved');
		expect(await page.locator('body').innerText()).not.toContain('wlcro_live_92_wrong');
		expect(await table('API requests').textContent()).not.toContain('wlcro');
	});

	test('is shown as text, whatever it says', async () => {
		const markup = '<img src=x onerror="document.title=1"><b>bold</b>';
		sandbox.createLead({ first_name: markup });
		await call(sandbox, 'POST', '/integrations/clients/20001/notes', { body: { text: markup } });
		await seeRow('Leads', markup);
		await seeRow('Notes', markup);
		await choice('Lead or client').locator('option', { hasText: markup }).waitFor({ state: 'attached' });
		expect(await page.locator('main img, main b').count()).toBe(0);
		expect(await page.title()).toBe('WhiteLabelCRO sandbox');
	});

	test('is told apart from a sandbox that has stopped', async () => {
		const other = await startSandbox({ control: true });
		await page.goto(other.url);
		await page.getByText('Live', { exact: true }).waitFor();
		await other.close();
		await page.getByText('The sandbox does not answer.').waitFor();
		expect(complaints.filter((text) => !/ERR_CONNECTION_REFUSED|asked for/.test(text))).toEqual([]);
		complaints = [];
	});
});

describe('a newcomer', () => {
	test('is told in every empty list what to do next', async () => {
		for (const [list, words] of [
			['subscriptions', 'add the WhiteLabelCRO Trigger to a workflow'],
			['deliveries', 'create a lead and watch it go out'],
			['requests', 'Test the credential in n8n'],
			['notes', 'Add one in n8n'],
		]) {
			expect(await page.locator(`#${list} .empty`).innerText()).toContain(words);
			expect(await page.locator(`#${list} table`).isVisible()).toBe(false);
		}
		expect(await page.locator('#base-url').innerText()).toBe(sandbox.url);
	});

	test('can do everything by keyboard: from the top to a changed status, a tripped breaker and a new start', async () => {
		await subscribe(sandbox, receiver.url, everyType);
		await seeRow('Subscriptions', '501');
		const focused = () =>
			page.evaluate<string>(
				`(({ ariaLabel, textContent, name }) => ariaLabel ?? (name || textContent.trim()))(document.activeElement)`,
			);
		const tabTo = async (name: string) => {
			for (let step = 0; step < 80; step += 1) {
				await page.keyboard.press('Tab');
				const outline = await page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle');
				expect(outline).not.toBe('none');
				if ((await focused()) === name) return;
			}
			throw new Error(`Tab never comes to ${name}`);
		};
		await page.keyboard.press('Tab');
		expect(await focused()).toBe('Skip to what happened');
		await tabTo('first_name');
		await page.keyboard.type('Kay');
		await page.keyboard.press('Enter');
		await hear('Lead 20001 created');
		await tabTo('new_status');
		await page.keyboard.press('End');
		await tabTo('Change status');
		await page.keyboard.press('Enter');
		await hear('Status of 20001 changed from “Lead - New” to “Client - Cancelled”.');
		expect(await focused()).toBe('Change status');
		await tabTo('Trip breaker of subscription 501');
		await page.keyboard.press('Space');
		await hear('Subscription 501 disabled');
		expect(await focused()).toBe('Trip breaker of subscription 501');
		await page.getByRole('button', { name: 'Start afresh …' }).focus();
		await page.keyboard.press('Enter');
		await tabTo('Start afresh');
		await page.keyboard.press('Enter');
		await hear('Started afresh');
		expect(sandbox.store.events).toHaveLength(1);
	});
});

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
	test.each([1440, 375])(
		'at %i px nothing breaks the rules of WCAG AA or overflows: empty, full, and with the dialog open',
		async (width) => {
			await page.context().close();
			page = await open({ width, theme });
			await check(page, width);
			receiver.answer = (response, { body }) => {
				response.statusCode = body.includes('payment.failed') ? 503 : 200;
				response.end(response.statusCode === 200 ? 'ok' : 'Service unavailable');
			};
			await subscribe(sandbox, receiver.url, everyType);
			await call(sandbox, 'POST', '/integrations/leads', {
				body: { first_name: 'Sam', last_name: 'Reed', email: 'sam.reed@example.com' },
			});
			await call(sandbox, 'POST', '/integrations/clients/20001/notes', { body: { text: 'Welcome, Sam!' } });
			await call(sandbox, 'GET', '/integrations/clients/search?email=sam.reed@example.com');
			await call(sandbox, 'GET', '/events', { key: 'wrong' });
			await choose('Lead or client', '12345');
			for (const button of ['Change status', 'Take a payment', 'Fail a payment']) {
				await press(button);
				await seeRow('Deliveries', button === 'Fail a payment' ? 'Failed: 503' : 'Delivered: 200');
			}
			await table('Events').locator('summary').first().click();
			await check(page, width);
			await press('Trip breaker of subscription 501');
			await hear('Subscription 501 disabled');
			await fill('E-mail', 'nowhere');
			await press('Create lead');
			await hear('must be an e-mail address', 'bad');
			await press('Start afresh …');
			await check(page, width);
		},
	);

	test('the picture for the documentation shows a working day', async () => {
		await page.context().close();
		page = await open({ theme });
		let failures = 0;
		// Four times as long before the fourth try, in which the picture is taken.
		sandbox.setDialect({ backoffBaseMs: patience(100) });
		receiver.answer = (response, { body }) => {
			const fails = body.includes('payment.succeeded') && (failures += 1) < 4;
			response.statusCode = fails ? 503 : 200;
			response.end(fails ? 'Service unavailable' : 'ok');
		};
		await subscribe(sandbox, receiver.url, everyType);
		await call(sandbox, 'POST', '/integrations/leads', {
			body: { first_name: 'Sam', last_name: 'Reed', email: 'sam.reed@example.com' },
		});
		await call(sandbox, 'POST', '/integrations/clients/20001/notes', { body: { text: 'Welcome, Sam!' } });
		await call(sandbox, 'GET', '/integrations/clients/search?email=sam.reed@example.com');
		await choose('Lead or client', '12345');
		await press('Change status');
		await hear('client.status_changed raised');
		await press('Take a payment');
		await hear('payment.succeeded raised');
		await deliveryRow(3)
			.getByText(/^in \d+ s$/)
			.waitFor();
		await page.evaluate('scrollTo({ top: 0, behavior: "instant" })');
		await picture(page, theme === 'light' ? 'sandbox' : 'sandbox-dark');
	});
});

/** No finding of axe-core's for WCAG 2.2 AA and good practice, contrast and accessible names among them; no sideways scrolling. */
async function check(target: Page, width: number): Promise<void> {
	await target.evaluate(axe.source);
	const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
	const { violations, passes } = await target.evaluate<AxeResults>(
		`axe.run(document, { runOnly: ${JSON.stringify(tags)} })`,
	);
	const findings = violations.flatMap(({ id, nodes }) =>
		nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
	);
	expect(findings).toEqual([]);
	expect(passes.map(({ id }) => id)).toEqual(expect.arrayContaining(['color-contrast', 'button-name']));
	expect(await target.evaluate('document.documentElement.scrollWidth')).toBe(width);
}

describe('with 500 leads, 2,000 events and 5,000 deliveries', () => {
	test('the newest are shown, the page says how many more there are, and news shows soon', async () => {
		await page.context().close();
		for (let lead = 0; lead < 500; lead += 1) sandbox.createLead({ last_name: `No. ${lead}` });
		for (let event = 0; event < 1500; event += 1) sandbox.raise('invoice.created');
		await Promise.all(Array.from({ length: 5 }, () => subscribe(sandbox, receiver.url, ['invoice.created'])));
		for (let event = 0; event < 1000; event += 1) sandbox.redeliver(46_179 + event);
		await sandbox.settled();
		expect(sandbox.deliveries).toHaveLength(5000);

		const start = performance.now();
		page = await open({});
		await seeRow('Leads', 'Dana No. 499');
		expect(performance.now() - start).toBeLessThan(patience(500));
		expect(await table('Events').locator('tbody tr').count()).toBe(50);
		expect(await page.locator('#events .count').innerText()).toBe(
			'The newest 50 are shown, 1,951 more are not.',
		);
		expect(await page.locator('#deliveries .count').innerText()).toContain('4,950 more are not');
		expect(await page.locator('#leads .count').innerText()).toContain('453 more are not');

		const lags: number[] = [];
		for (let round = 0; round < 5; round += 1) {
			const from = performance.now();
			const { id } = sandbox.raise('payment.failed');
			await seeRow('Events', `${id} payment.failed`);
			lags.push(performance.now() - from);
		}
		// It asks for news every second.
		expect(Math.max(...lags)).toBeLessThan(patience(1_000));

		const etag = (await fetch(`${sandbox.url}/__sandbox/overview`)).headers.get('etag') ?? '';
		const asked = performance.now();
		for (let round = 0; round < 20; round += 1) {
			const again = await fetch(`${sandbox.url}/__sandbox/overview`, { headers: { 'if-none-match': etag } });
			expect(again.status).toBe(304);
			await again.arrayBuffer();
		}
		expect((performance.now() - asked) / 20).toBeLessThan(patience(5));
	});
});

describe('a page of another origin in the same browser', () => {
	test('can neither write to the sandbox nor read from it', async () => {
		const server = createServer((_request, response) => {
			response.setHeader('content-type', 'text/html').end('<!doctype html><title>Other</title>');
		});
		server.listen(0, '127.0.0.1');
		await once(server, 'listening');
		const other = await newPage(await browser.newContext());
		await other.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
		const start = JSON.stringify(sandbox.store);
		const attempts = await other.evaluate<string[]>(`(async () => {
			const base = '${sandbox.url}/__sandbox';
			const tell = (attempt) => attempt.then((answer) => answer.type + ' ' + answer.status, () => 'blocked');
			const json = { 'content-type': 'application/json' };
			return [
				await tell(fetch(base + '/state')),
				await tell(fetch(base + '/leads', { method: 'POST', headers: json, body: '{}' })),
				await tell(fetch(base + '/faults', { method: 'DELETE' })),
				await tell(fetch(base + '/leads', { method: 'POST', mode: 'no-cors' })),
				await tell(fetch(base + '/leads', { method: 'POST', mode: 'no-cors', body: '{}' })),
			];
		})()`);
		// An opaque answer, status 0, is one that the page cannot read.
		expect(attempts).toEqual(['blocked', 'blocked', 'blocked', 'opaque 0', 'opaque 0']);
		const form = `document.body.innerHTML = '<form method="post" action="${sandbox.url}/__sandbox/leads"></form>'`;
		await other.evaluate(`${form}; document.forms[0].submit()`);
		await other.getByText('no page of another origin').waitFor();
		expect(JSON.stringify(sandbox.store)).toBe(start);
		await other.context().close();
		server.closeAllConnections();
		server.close();
	});
});
