// A polling trigger whose choice of events is changed.
import { describe, expect, it } from '@jest/globals';

import { eventLogs } from './dialects.mts';
import { useStage } from './stage.mts';

const LEADS = { triggerOn: ['lead.created'] };
const BOTH = { triggerOn: ['lead.created', 'payment.failed'] };

const { sandbox, engine } = useStage();

const ids = (events: Array<{ id?: unknown }>) => events.map(({ id }) => id);
const raise = (type: string, payload: object = {}) => sandbox.raise(type, payload).id;
/** An event of an hour ago. */
function raiseOld(type: string, payload: object = {}): number {
	const event = sandbox.raise(type, payload);
	event.createdUtc = new Date(Date.now() - 3_600_000).toISOString();
	return event.id;
}
const later = async () => await new Promise((resolve) => setTimeout(resolve, 10_000));

describe.each(eventLogs)(
	'over a log with %s, the workflow does not start for old events',
	(_name, dialect) => {
		it.each([
			['an event more is chosen', LEADS, BOTH],
			['all events are chosen', LEADS, { triggerOn: ['*'] }],
			['a filter is widened', { ...BOTH, filters: { minimumAmount: 100 } }, BOTH],
		])(
			'when %s; what was wanted before goes on, and all that happens from then on',
			async (_what, before, after) => {
				sandbox.setDialect(dialect);
				const payment = { amount_attempted: 50 };
				const poller = engine.poller({ ...before, start: 'beginning' });
				await poller.poll();
				for (let i = 0; i < 120; i++) raiseOld('payment.failed', payment);
				expect(await poller.poll()).toEqual([]);
				raiseOld('payment.failed', payment);
				const lead = raiseOld('lead.created');
				poller.change({ ...after, start: 'beginning' });
				expect(ids(await poller.poll())).toEqual([lead]);
				await later();
				const made = [raise('payment.failed', payment), raise('lead.created')];
				expect(ids(await poller.poll())).toEqual(made);
			},
		);
	},
);

describe('the time of a change', () => {
	it('is the same after a restart, although nothing was emitted since', async () => {
		const poller = engine.poller(LEADS);
		await poller.poll();
		const changed = engine.poller(BOTH, poller.staticData());
		await changed.poll();
		await later();
		raiseOld('payment.failed');
		const made = raise('payment.failed');
		await later();
		const restarted = engine.poller(BOTH, changed.staticData());
		expect(ids(await restarted.poll())).toEqual([made]);
	});

	it('is known in this process although n8n did not store it', async () => {
		const poller = engine.poller(LEADS);
		await poller.poll();
		poller.change(BOTH);
		await poller.poll({ lost: true });
		await later();
		const made = raise('payment.failed');
		await later();
		expect(ids(await poller.poll())).toEqual([made]);
	});

	it('and what else was chosen, stays where something else in the workflow writes over it', async () => {
		const poller = engine.poller(LEADS);
		await poller.poll();
		const old = poller.staticData();
		poller.change(BOTH);
		await poller.poll();
		await later();
		const made = raise('payment.failed');
		await later();
		poller.overwrite(old);
		expect(ids(await poller.poll())).toEqual([made]);
	});

	it('is that of each change, where there are several before anything is emitted', async () => {
		const poller = engine.poller(LEADS);
		await poller.poll();
		raise('payment.failed');
		const lead = raise('lead.created');
		await later();
		poller.change({ triggerOn: ['payment.failed'] });
		await poller.poll({ lost: true });
		await later();
		raise('lead.created');
		const payment = raise('payment.failed');
		await later();
		poller.change(BOTH);
		expect(ids(await poller.poll())).toEqual([lead, payment]);
	});

	it('is noted while the poll before it still reads, and not taken back by that', async () => {
		const poller = engine.poller(LEADS);
		await poller.poll();
		sandbox.faults.inject({ route: 'GET .*/events', kind: 'latency', ms: 100, times: 1 });
		const reading = poller.poll();
		await new Promise((resolve) => setImmediate(resolve));
		poller.change(BOTH);
		expect(await poller.poll()).toEqual([]);
		await reading;
		await later();
		const made = raise('payment.failed');
		await later();
		expect(ids(await poller.poll())).toEqual([made]);
	});

	it('is noted although the event log cannot be read', async () => {
		const poller = engine.poller(LEADS);
		await poller.poll();
		poller.change(BOTH);
		sandbox.faults.inject({ route: 'GET .*/events', kind: 'html', times: 1 });
		await expect(poller.poll()).rejects.toThrow();
		await later();
		const made = raise('payment.failed');
		await later();
		expect(ids(await poller.poll())).toEqual([made]);
	});

	it.each([-3_600_000, -1000, 1000, 3_600_000])(
		'is by the clock of a CRM that is %d ms ahead',
		async (ahead) => {
			sandbox.setClock(ahead);
			const poller = engine.poller({ ...LEADS, start: 'beginning' });
			await poller.poll();
			raise('payment.failed');
			await later();
			poller.change({ ...BOTH, start: 'beginning' });
			const lead = raise('lead.created');
			expect(ids(await poller.poll())).toEqual([lead]);
			const made = raise('payment.failed');
			expect(ids(await poller.poll())).toEqual([made]);
		},
	);
});

it('a position that an earlier version stored without a choice counts as that of the present one', async () => {
	const poller = engine.poller(LEADS);
	await poller.poll();
	const [key = '', { position } = {}] = Object.entries(poller.staticData())[0] as [
		string,
		{ position?: object },
	];
	const made = raise('payment.failed');
	await later();
	const updated = engine.poller(BOTH, { [key]: { position: { ...position } } });
	expect(ids(await updated.poll())).toEqual([made]);
});

it('what is chosen no more does not start the workflow', async () => {
	const poller = engine.poller(BOTH);
	await poller.poll();
	raise('payment.failed');
	const lead = raise('lead.created');
	poller.change(LEADS);
	expect(ids(await poller.poll())).toEqual([lead]);
});

it.each(['trigger', 'manual'] as const)(
	'with nothing chosen, it says so before any call (%s)',
	async (mode) => {
		await expect(engine.poller({ triggerOn: [] }).poll({ mode })).rejects.toMatchObject({
			message: "No event is chosen under 'Poll For'",
			description: "Choose at least one event, or 'All Events'.",
		});
		expect(sandbox.requests).toEqual([]);
	},
);
