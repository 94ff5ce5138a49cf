import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import axe, { type AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';

import { eventTypes, type Subscription } from '../../sandbox/store/model.mts';
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

async function open(look: { width?: number; height?: number; theme?: 'light' | 'dark' }): Promise<Page> {
	const viewport = { width: look.width ?? 1440, height: look.height ?? 900 };
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
/** Unfolds what an office has no need of. */
const openDevelopers = () => page.getByText('For developers', { exact: true }).click();
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
		await fill('Email', 'mei@example.com');
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

	test('creates a client as well', async () => {
		await fill('Last name', 'Ortiz');
		await press('Create client');
		await hear('Client 20001 created');
		expect(sandbox.store.records.get(20001)).toMatchObject({ first_name: 'Dana', last_name: 'Ortiz' });
		await seeRow('Clients', '20001', 'Dana Ortiz', 'Client - Active');
		await seeRow('Events', '45679 client.created');
		expect(await choice('Lead or client').inputValue()).toBe('20001');
	});

	test('says in the words of the sandbox why a lead was refused', async () => {
		await fill('Email', 'nowhere');
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
			'“Client - Active” to “Client - Graduated”. Event 45679 client.status_changed created. Sending it to subscription 501.',
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

	test('says that the CRM has no event for a lead that stays a lead', async () => {
		await choose('Lead or client', '12401');
		await choose('New status', 'Lead - Qualified');
		await press('Change status');
		await hear('“Lead - New” to “Lead - Qualified”. The CRM has no event for that.');
		await seeRow('Leads', '12401', 'Lead - Qualified');
		expect(sandbox.store.events).toHaveLength(1);
	});

	test.each([
		['Take payment', 'payment.succeeded'],
		['Fail payment', 'payment.failed'],
		['Upload document', 'document.uploaded'],
		['Sign agreement', 'agreement.signed'],
	])('%s makes %s for the chosen client', async (button, type) => {
		await choose('Lead or client', '12346');
		await press(button);
		await hear(`Event 45679 ${type} created. No active subscription takes it.`);
		expect(sandbox.store.events.at(-1)).toMatchObject({ type, payload: { client_id: 12346 } });
		await seeRow('Events', `45679 ${type}`);
	});

	test.each([
		['Take payment', 'payment.succeeded', 'payment_amount'],
		['Fail payment', 'payment.failed', 'amount_attempted'],
	])('%s takes the amount that is given, and the lists show it', async (button, type, field) => {
		await subscribe(sandbox, receiver.url, everyType);
		await fill('Amount', '1250.5');
		await press(button);
		await hear(`Event 45679 ${type} created.`);
		expect(sandbox.store.events.at(-1)?.payload).toMatchObject({ [field]: 1250.5 });
		await seeRow('Events', `45679 ${type}`, '1,250.50');
		await seeRow('Deliveries', `45679 ${type}`, '1,250.50');
		await fill('Amount', '');
		await press(button);
		await hear(`Event 45680 ${type} created.`);
		await seeRow('Events', `45680 ${type}`, '99.00');
	});

	test('takes no amount below a cent, and asks for one only where the event has one', async () => {
		await fill('Amount', '-1');
		await press('Take payment');
		expect(await page.locator('#client input:invalid').count()).toBe(1);
		await press('Sign agreement');
		await hear('Event 45679 agreement.signed created.');
		await choose('Event type', 'client.created');
		expect(await page.getByLabel('Amount of the event').isVisible()).toBe(false);
		await choose('Event type', 'payment.failed');
		await fill('Amount of the event', '17');
		await press('Create event');
		await hear('Event 45680 payment.failed created.');
		expect(sandbox.store.events.at(-1)?.payload).toMatchObject({ amount_attempted: 17 });
		await choose('Event type', 'document.uploaded');
		await press('Create event');
		await hear('Event 45681 document.uploaded created.');
	});

	test('makes an event of any of the ten types, whose payload can be unfolded', async () => {
		expect(await choice('Event type').locator('option').count()).toBe(10);
		await choose('Event type', 'invoice.created');
		await press('Create event');
		await hear('Event 45679 invoice.created created.');
		await table('Events').locator('summary').first().click();
		await page.getByText('"description": "Monthly plan"').waitFor();
		// The unfolded row stays unfolded while others come in.
		sandbox.createLead();
		await seeRow('Events', '45680 lead.created');
		expect(await page.getByText('"description": "Monthly plan"').isVisible()).toBe(true);
	});

	test('delivers an event again', async () => {
		await subscribe(sandbox, receiver.url, everyType);
		const { id } = sandbox.raise('payment.failed');
		await press(`Deliver again: event ${id}`);
		await hear(`Event ${id} payment.failed repeated. Sending it to subscription 501.`);
		await sandbox.settled();
		expect(receiver.received.map(({ eventId }) => eventId)).toEqual([id, id]);
	});

	test('trips the breaker of a subscription, which shows in red, and enables it again', async () => {
		await subscribe(sandbox, receiver.url, everyType);
		await seeRow('Subscriptions', '501', receiver.url, 'payment.failed', 'Active');
		const enable = page.getByRole('button', { name: 'Enable subscription 501', exact: true });
		const trip = page.getByRole('button', { name: 'Trip breaker of subscription 501', exact: true });
		const off = async () => [await enable.isDisabled(), await trip.isDisabled()];
		expect(await off()).toEqual([true, false]);
		await trip.click();
		await hear('Breaker of subscription 501 tripped.');
		expect(subscription().isActive).toBe(false);
		await seeRow('Subscriptions', 'Breaker tripped', '10');
		expect(
			await page.evaluate('getComputedStyle(document.querySelector("#subscriptions .badge")).color'),
		).toBe('rgb(155, 28, 28)');
		sandbox.raise('payment.failed');
		expect(sandbox.pending()).toEqual([]);
		expect(await off()).toEqual([false, true]);
		await enable.click();
		await hear('Subscription 501 enabled.');
		await seeRow('Subscriptions', 'Active', '0');
		expect(subscription()).toMatchObject({ isActive: true, consecutiveFailures: 0 });
		await seeRow('Subscriptions', 'Active');
		// Off means off, also for a click that comes anyway.
		await enable.click({ force: true });
		expect(await off()).toEqual([true, false]);
	});

	test('switches a setting of the dialect to any value there is, and a number too', async () => {
		await openDevelopers();
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
		await openDevelopers();
		await choose('What', 'duplicate-delivery');
		await press('Inject fault');
		await hear('Fault duplicate-delivery injected.');
		sandbox.raise('payment.failed');
		await sandbox.settled();
		expect(receiver.received).toHaveLength(2);
		await page.getByText('duplicate-delivery on deliveries: struck 1 of 1 times').waitFor();
		expect(await page.locator('#in-force').textContent()).toBe('1 active');

		await choose('Where', 'request');
		await choose('What', 'status-before');
		await fill('Requests (pattern of method and path)', 'GET /api/v1/events');
		await fill('Status', '502');
		await fill('Times (empty: always)', '');
		await press('Inject fault');
		await hear('Fault status-before injected.');
		expect(await call(sandbox, 'GET', '/events')).toMatchObject({ status: 502 });
		await seeRow('API requests', 'GET /api/v1/events', '502');

		await press('Clear faults');
		await hear('All faults cleared.');
		expect(sandbox.faults.list()).toEqual([]);
		await page.getByText('No faults are active.').waitFor();
		expect(await page.locator('#in-force').textContent()).toBe('');
		await fill('Requests (pattern of method and path)', '(');
		await press('Inject fault');
		await hear('Invalid regular expression', 'bad');
	});

	test('starts over only after a confirmation', async () => {
		sandbox.createLead();
		await press('Start over…');
		await press('Keep everything');
		expect(sandbox.store.events).toHaveLength(2);
		await press('Start over…');
		await press('Start over');
		await hear('Started over');
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
		await deliveryRow(1).locator('pre').filter({ hasText: 'out of order' }).waitFor();
	});

	test('shows a delivery that the target has not answered yet', async () => {
		let answer: (() => void) | undefined;
		receiver.answer = (response) => {
			answer = () => response.end('ok');
		};
		await subscribe(sandbox, receiver.url, everyType);
		sandbox.raise('payment.failed');
		await seeRow('Deliveries', '45679 payment.failed', 'Sending');
		answer?.();
		await seeRow('Deliveries', '45679 payment.failed', 'Delivered: 200');
		expect(await table('Deliveries').locator('tbody tr').count()).toBe(1);
	});

	test('tells events that n8n ignored from those that a workflow ran for, in the words of the answer', async () => {
		const answers = [
			'Ignored: Only Texas',
			'{"message":"Ignored: duplicate"}',
			'{"message":"Workflow was started"}',
			'<b>Ignored: not</b>',
		];
		receiver.answer = (response) => {
			response.end(answers.shift());
		};
		await subscribe(sandbox, receiver.url, everyType);
		for (const words of ['Ignored: Only Texas', 'Ignored: duplicate']) {
			const { id } = sandbox.raise('payment.failed');
			await seeRow('Deliveries', `${id} payment.failed`, words);
			const row = table('Deliveries')
				.getByRole('row')
				.filter({ hasText: String(id) });
			expect(await row.locator('.badge[data-tone="plain"]').textContent()).toBe(words);
		}
		for (const words of ['Workflow was started', '<b>Ignored: not</b>']) {
			const { id } = sandbox.raise('payment.failed');
			await seeRow('Deliveries', `${id} payment.failed`, 'Delivered: 200', words);
		}
		expect(await table('Deliveries').locator('.badge[data-tone="good"]').count()).toBe(2);
		expect(await table('Deliveries').locator('b').count()).toBe(0);
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
		expect(complaints.filter((text) => !/ERR_CONNECTION_(REFUSED|RESET)|asked for/.test(text))).toEqual([]);
		complaints = [];
	});
});

describe('a message', () => {
	test('goes away by itself when there was time to read it', async () => {
		await press('Create lead');
		await hear('Lead 20001 created');
		await page.locator('#result:empty').waitFor({ state: 'attached' });
		expect(await page.getByRole('button', { name: 'Close message', exact: true }).isVisible()).toBe(false);
	});

	test('can be closed, which gives the focus back to where it was', async () => {
		await press('Create lead');
		await hear('Lead 20001 created');
		await press('Close message');
		expect(await page.locator('#result').textContent()).toBe('');
		expect(await page.evaluate('document.activeElement.textContent')).toBe('Create lead');
	});

	test.each([
		[1280, 720],
		[390, 844],
	])('at %i x %i px covers nothing but the header, and moves nothing', async (width, height) => {
		await page.context().close();
		page = await open({ width, height });
		await subscribe(sandbox, receiver.url, ['client.status_changed']);
		const header = () => page.locator('header').boundingBox();
		const before = await header();
		const staysInTheHeader = async () => {
			const [now, box] = [await header(), await page.locator('#message').boundingBox()];
			expect(now).toEqual(before);
			if (!now || !box) throw new Error('There is no header, or no message');
			expect(box.y).toBeGreaterThanOrEqual(now.y);
			expect(box.y + box.height).toBeLessThanOrEqual(now.y + now.height);
		};
		await choose('Lead or client', '12345');
		await press('Change status');
		await hear('client.status_changed created.');
		await staysInTheHeader();
		await openDevelopers();
		await choose('Where', 'request');
		await fill('Requests (pattern of method and path)', `(${'long'.repeat(100)}`);
		await press('Inject fault');
		await hear('Invalid regular expression', 'bad');
		await staysInTheHeader();
		expect(await page.locator('header').locator('input, select, form').count()).toBe(0);
	});
});

describe('the layout', () => {
	const top = async (selector: string) => (await page.locator(selector).boundingBox())?.y ?? NaN;

	test('on a phone has the results before the controls, and a link to these', async () => {
		await page.context().close();
		page = await open({ width: 390, height: 844 });
		for (const list of ['deliveries', 'events', 'leads', 'clients']) {
			expect(await top(`#${list}`)).toBeLessThan(await top('#actions'));
		}
		await page.getByRole('link', { name: 'Try something' }).click();
		await until('the controls', 500, async () => ((await top('#actions')) < 200 ? true : undefined));
	});

	test('on a screen has the controls beside the results', async () => {
		expect(await top('#actions')).toBe(await top('#lists'));
	});

	test('folds faults and dialect away for developers', async () => {
		const settings = ['Inject fault', 'Clear faults', 'Switch setting'];
		const seen = () =>
			Promise.all(settings.map((name) => page.getByRole('button', { name, exact: true }).isVisible()));
		expect(await seen()).toEqual([false, false, false]);
		await openDevelopers();
		expect(await seen()).toEqual([true, true, true]);
	});

	test('shows a long list in full when it is asked to', async () => {
		const shown = () => table('Clients').locator('tbody tr:visible').count();
		expect(await shown()).toBe(8);
		await press('Show more: Clients');
		expect(await shown()).toBe(50);
		await press('Show fewer: Clients');
		expect(await shown()).toBe(8);
		expect(await page.getByRole('button', { name: 'Show more: Leads' }).isVisible()).toBe(false);
	});

	test.each([
		['Subscriptions', ['ID', 'Target URL', 'Events', 'State', 'Failures in a row', 'Actions']],
		['Deliveries', ['Time', 'Event', 'Amount', 'Subscription', 'Try', 'Result', 'Next try', 'Answer']],
		['Events', ['Time', 'Event', 'Amount', 'Payload', 'Actions']],
		['API requests', ['Time', 'Request', 'Status', 'Key']],
		['Leads', ['ID', 'Name', 'Contact', 'Status', 'Created']],
		['Clients', ['ID', 'Name', 'Contact', 'Status', 'Created']],
		['Affiliates', ['ID', 'Name', 'Email', 'Approved']],
		['Notes', ['ID', 'Client', 'Text', 'Created']],
	])('gives every column of %s its heading, above it and in its cells', async (name, headings) => {
		await subscribe(sandbox, receiver.url, everyType);
		sandbox.raise('payment.failed');
		await call(sandbox, 'POST', '/integrations/clients/12345/notes', { body: { text: 'Welcome' } });
		await seeRow(name);
		expect(await table(name).getByRole('columnheader').allTextContents()).toEqual(headings);
		const cells = await table(name).locator('tbody tr').first().locator('td').all();
		expect(await Promise.all(cells.map((cell) => cell.getAttribute('data-label')))).toEqual(headings);
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

	test('can do everything by keyboard: from the top to a tripped breaker, a changed status and a new start', async () => {
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
		expect(await focused()).toBe('Skip to the controls');
		await tabTo('Trip breaker of subscription 501');
		await page.keyboard.press('Space');
		await hear('Breaker of subscription 501 tripped.');
		expect(await focused()).toBe('Trip breaker of subscription 501');
		await page.keyboard.press('Shift+Tab');
		await page.keyboard.press('Enter');
		await hear('Subscription 501 enabled.');
		expect(await focused()).toBe('Enable subscription 501');
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
		await page.getByRole('button', { name: 'Start over…' }).focus();
		await page.keyboard.press('Enter');
		await tabTo('Start over');
		await page.keyboard.press('Enter');
		await hear('Started over');
		expect(sandbox.store.events).toHaveLength(1);
	});
});

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
	test.each([
		[1280, 720],
		[390, 844],
		[320, 640],
	])(
		'at %i x %i px nothing breaks the rules of WCAG AA or is cut: empty, full, and with the dialog open',
		async (width, height) => {
			await page.context().close();
			page = await open({ width, height, theme });
			await check(page, width);
			receiver.answer = (response, { body }) => {
				response.statusCode = body.includes('payment.failed') ? 503 : 200;
				response.end(response.statusCode === 200 ? `Ignored: ${'x'.repeat(150)}` : 'Service unavailable');
			};
			await subscribe(sandbox, `${receiver.url}/${'long'.repeat(20)}`, [...eventTypes]);
			const email = `${'a'.repeat(60)}@${'b'.repeat(50)}.example.com`;
			sandbox.createLead({ first_name: 'Maximiliana'.repeat(6), last_name: '田中'.repeat(40), email });
			await call(sandbox, 'POST', '/integrations/clients/20001/notes', { body: { text: 'Welcome, Sam!' } });
			await call(sandbox, 'GET', '/integrations/clients/search?email=sam.reed@example.com');
			await call(sandbox, 'GET', '/events', { key: 'wrong' });
			await choose('Lead or client', '12345');
			for (const button of ['Change status', 'Take payment', 'Fail payment']) {
				await press(button);
				await seeRow('Deliveries', button === 'Fail payment' ? 'Failed: 503' : 'Ignored: xxx');
			}
			await table('Events').locator('summary').first().click();
			await openDevelopers();
			await check(page, width);
			await press('Trip breaker of subscription 501');
			await hear('Breaker of subscription 501 tripped.');
			await fill('Email', 'nowhere');
			await press('Create lead');
			await hear('must be an e-mail address', 'bad');
			await press('Start over…');
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
		await hear('client.status_changed created');
		await press('Take payment');
		await hear('payment.succeeded created');
		await deliveryRow(3)
			.getByText(/^in \d+ s$/)
			.waitFor();
		await page.evaluate('scrollTo({ top: 0, behavior: "instant" })');
		await picture(page, theme === 'light' ? 'sandbox' : 'sandbox-dark');
	});
});

/** No finding of axe-core's for WCAG 2.2 AA and good practice, contrast and accessible names among them; nothing cut, no sideways scrolling. */
async function check(target: Page, width: number): Promise<void> {
	await target.evaluate(axe.source);
	const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
	// It would make inline styles of the style sheets that others import, for rules that are not among these.
	const { violations, passes } = await target.evaluate<AxeResults>(
		`axe.run(document, { runOnly: ${JSON.stringify(tags)}, preload: false })`,
	);
	const findings = violations.flatMap(({ id, nodes }) =>
		nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
	);
	expect(findings).toEqual([]);
	expect(passes.map(({ id }) => id)).toEqual(expect.arrayContaining(['color-contrast', 'button-name']));
	expect(await target.evaluate('document.documentElement.scrollWidth')).toBe(width);
	// What is for screen readers only is cut on purpose, and an unfolded text scrolls.
	const cut = await target.evaluate<string[]>(`[...document.querySelectorAll('body *:not(pre, option)')]
		.filter((part) => part.checkVisibility() && !part.closest('.for-readers, .skip, thead'))
		.filter((part) => getComputedStyle(part).display !== 'inline')
		.filter((part) => part.scrollWidth > part.clientWidth + 1 || part.scrollHeight > part.clientHeight + 1)
		.map((part) => part.outerHTML.slice(0, 120))`);
	expect(cut).toEqual([]);
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
		expect(await page.locator('#events .count').innerText()).toBe('Only the newest 50 are listed, of 2,001.');
		expect(await page.locator('#deliveries .count').innerText()).toContain(
			'Only the newest 50 are listed, of 5,000.',
		);
		expect(await page.locator('#leads .count').innerText()).toContain(
			'Only the newest 50 are listed, of 503.',
		);

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
