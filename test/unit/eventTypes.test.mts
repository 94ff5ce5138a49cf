// One table of event types: whatever depends on a type knows a row that is added there.
import { readFileSync } from 'node:fs';
import { describe, expect, it, jest } from '@jest/globals';
import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import type { Item } from '../../nodes/WhiteLabelCro/actions/operation.ts';
import { EVENT_TYPES } from '../../nodes/WhiteLabelCro/contract/eventTypes.ts';
import type { EventType } from '../../nodes/WhiteLabelCro/contract/eventTypes.ts';
import type { EventEnvelope } from '../../nodes/WhiteLabelCro/contract/events.ts';

const NODES = '../../nodes/WhiteLabelCro';
const ADDED: EventType = {
	type: 'refund.issued',
	title: 'Refund Issued',
	description: 'A payment was paid back',
	amount: ['refunded', 'withheld'],
	movesClient: true,
};
const event = (payload: EventEnvelope['payload']): EventEnvelope => ({ id: 1, type: ADDED.type, payload });

/** Runs it with an event type more. */
async function withRow(work: () => Promise<void>): Promise<void> {
	await jest.isolateModulesAsync(async () => {
		jest.doMock('../../nodes/WhiteLabelCro/contract/eventTypes.ts', () => ({
			EVENT_TYPES: [...EVENT_TYPES, ADDED],
		}));
		await work();
	});
}

function optionsOf(properties: INodeProperties[], name: string): unknown[] {
	const { options = [] } = properties.find((property) => property.name === name) ?? {};
	return (options as INodePropertyOptions[]).map(({ value }) => value);
}

describe('an event type that is added to the table', () => {
	it.each(['WhiteLabelCroTrigger', 'WhiteLabelCroPollingTrigger'] as const)(
		'can be chosen in %s',
		async (name) => {
			await withRow(async () => {
				const module = (await import(`${NODES}/${name}.node.ts`)) as Record<
					typeof name,
					new () => { description: { properties: INodeProperties[] } }
				>;
				const { properties } = new module[name]().description;
				expect(optionsOf(properties, 'triggerOn')).toContain(ADDED.type);
			});
		},
	);

	it('is among all events', async () => {
		await withRow(async () => {
			const { subscribedTypes } = await import('../../nodes/WhiteLabelCro/events/triggerOn.ts');
			expect(subscribedTypes(['*'])).toContain(ADDED.type);
		});
	});

	it('can be listed and sent as a test', async () => {
		await withRow(async () => {
			const { event: resource } = await import('../../nodes/WhiteLabelCro/actions/event/index.ts');
			const [getMany, sendTest] = resource.operations;
			expect(optionsOf(getMany.properties, 'eventTypes')).toContain(ADDED.type);
			expect(optionsOf(sendTest?.properties ?? [], 'eventType')).toContain(ADDED.type);
			const context = {
				getNodeParameter: (name: string, _index: number, otherwise: unknown) =>
					name === 'eventTypes' ? [ADDED.type] : otherwise,
			};
			const api = { request: () => Promise.resolve({ events: [{ id: 1 }] }) };
			const events = await getMany.execute({ context, api, index: 0 } as unknown as Item);
			expect(events).toEqual([{ id: 1 }]);
		});
	});

	it('is filtered by its amount and its status', async () => {
		await withRow(async () => {
			const { rejectedBy } = await import('../../nodes/WhiteLabelCro/events/filters.ts');
			const payload = { refunded: 90, withheld: 9, new_status: 'a', previous_status: 'b' };
			expect(rejectedBy(event(payload), { minimumAmount: 99 })).toBeUndefined();
			expect(rejectedBy(event(payload), { minimumAmount: 100 })).toBe('Minimum Amount');
			expect(rejectedBy(event(payload), { newStatus: ['b'] })).toBe('New Status');
			expect(rejectedBy(event(payload), { previousStatus: ['a'] })).toBe('Previous Status');
		});
	});

	it('has fields that a report of Account: Check may name', async () => {
		await withRow(async () => {
			const { isKnownName } = await import('../../nodes/WhiteLabelCro/contract/knownNames.ts');
			expect(['refunded', 'withheld', 'kept'].map(isKnownName)).toEqual([true, true, false]);
		});
	});

	it('is missing in the documentation', () => {
		expect(undocumented([...EVENT_TYPES, ADDED])).not.toEqual([]);
	});
});

/** What the README and docs/reliability.md do not say of these event types. */
function undocumented(types: readonly EventType[]): string[] {
	const [, list = ''] = /^Both start on these events: (.*)\.$/m.exec(readFileSync('README.md', 'utf8')) ?? [];
	const titles = list.split(/, and |, /);
	const reliability = readFileSync('docs/reliability.md', 'utf8');
	const [, ofAmounts = '', ofStatuses = ''] =
		/\*\*Minimum Amount\*\* to (.*), \*\*New Status\*\* and \*\*Previous Status\*\* to (.*)\./.exec(
			reliability,
		) ?? [];
	return [
		...types.map(({ title }) => title).filter((title) => !titles.includes(title)),
		...titles.filter((title) => !types.some((known) => known.title === title)),
		// "payments" stands for all of theirs.
		...types
			.filter(({ type, amount }) => amount && !ofAmounts.includes(`${type.split('.')[0]}s`))
			.map(({ type }) => `Minimum Amount: ${type}`),
		...types
			.filter(({ type, movesClient }) => movesClient && !ofStatuses.includes(type))
			.map(({ type }) => `New Status: ${type}`),
	];
}

it('the documentation names every event type', () => {
	expect(undocumented(EVENT_TYPES)).toEqual([]);
});
