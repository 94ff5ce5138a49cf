// What holds of every example workflow, before a real n8n has run it.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type {
	INode,
	INodeParameterResourceLocator,
	INodeProperties,
	INodePropertyOptions,
	INodeTypeDescription,
	NodeParameterValueType,
} from 'n8n-workflow';
import { NodeHelpers } from 'n8n-workflow';
import { WhiteLabelCro } from '../../nodes/WhiteLabelCro/WhiteLabelCro.node.ts';
import { WhiteLabelCroPollingTrigger } from '../../nodes/WhiteLabelCro/WhiteLabelCroPollingTrigger.node.ts';
import { WhiteLabelCroTrigger } from '../../nodes/WhiteLabelCro/WhiteLabelCroTrigger.node.ts';
import type { WorkflowDefinition } from '../../scripts/real-n8n/rest.mts';
import { exampleNames, exampleText } from '../examples.mts';

const OURS = 'n8n-nodes-whitelabelcro.';
const STICKY = 'n8n-nodes-base.stickyNote';
/** n8n adds these two to the twin of a node that is a tool of an AI agent. */
const OF_TOOLS_ONLY = ['descriptionType', 'toolDescription'];
const GRID = 16;

const regular = new WhiteLabelCro().description;
const descriptions: Record<string, INodeTypeDescription> = {
	whiteLabelCro: regular,
	whiteLabelCroTool: { ...regular, name: 'whiteLabelCroTool' },
	whiteLabelCroTrigger: new WhiteLabelCroTrigger().description,
	whiteLabelCroPollingTrigger: new WhiteLabelCroPollingTrigger().description,
};

const isSticky = ({ type }: INode) => type === STICKY;
/** The sticky notes besides the first each lie behind what a person has to change, with the words above it. */
const marksOf = ({ nodes }: WorkflowDefinition) => nodes.filter(isSticky).slice(1);
/** What the words at the top of such a mark take. */
const WORDS_OF_A_MARK = 72;
const isOurs = ({ type }: INode) => type.startsWith(OURS);
const isExpression = (value: unknown) => typeof value === 'string' && value.startsWith('=');

/** Every connection as the two nodes' names, with its type. */
function connectionsOf({ connections }: WorkflowDefinition) {
	return Object.entries(connections).flatMap(([from, byType]) =>
		Object.entries(byType).flatMap(([type, outputs]) =>
			outputs.flatMap((targets) => (targets ?? []).map(({ node: to }) => ({ from, to, type }))),
		),
	);
}

interface Rectangle {
	name: string;
	left: number;
	top: number;
	right: number;
	bottom: number;
}

/** What a node takes up on the canvas with its name below, which may have two lines and a subtitle. */
function rectangleOf(node: INode, workflow: WorkflowDefinition): Rectangle {
	const [left, top] = node.position;
	const { name } = node;
	if (isSticky(node)) {
		const { width, height } = node.parameters as { width: number; height: number };
		return { name, left, top, right: left + width, bottom: top + height };
	}
	const connections = connectionsOf(workflow);
	const isSubNode = connections.some(({ from, type }) => from === name && type !== 'main');
	const hasSubNodes = connections.some(({ to, type }) => to === name && type !== 'main');
	const outputs = workflow.connections[name]?.main?.length ?? 0;
	const width = isSubNode ? 80 : hasSubNodes ? 224 : 96;
	const height = isSubNode ? 80 : Math.max(96, 32 * (outputs + 1));
	const beside = Math.max(0, (160 - width) / 2);
	return { name, left: left - beside, top, right: left + width + beside, bottom: top + height + 64 };
}

/** The names of the nodes that a mark lies behind, below its words. */
function markedBy(mark: INode, workflow: WorkflowDefinition): string[] {
	const { left, top, right, bottom } = rectangleOf(mark, workflow);
	const isInside = (inner: Rectangle) =>
		inner.left >= left &&
		inner.right <= right &&
		inner.top >= top + WORDS_OF_A_MARK &&
		inner.bottom <= bottom;
	const others = workflow.nodes.filter((candidate) => !isSticky(candidate));
	return others
		.map((candidate) => rectangleOf(candidate, workflow))
		.filter(isInside)
		.map(({ name }) => name);
}

const overlap = (a: Rectangle, b: Rectangle) =>
	a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** The scopes that the API asks for what a node of this package does (README). */
function scopesOf({ type, parameters }: INode): string[] {
	if (type.endsWith('PollingTrigger')) return ['events:read'];
	const { resource, operation } = parameters as { resource?: string; operation?: string };
	if (type.endsWith('Trigger') || resource === 'webhookSubscription') return ['webhooks:write'];
	// It looks which scopes there are.
	if (resource === 'account') return [];
	if (resource === 'event') return [operation === 'sendTest' ? 'admin' : 'events:read'];
	if (operation === 'createOrUpdate') return ['integrations:read', 'integrations:write'];
	return [/^(find|getMany)$/.test(operation ?? '') ? 'integrations:read' : 'integrations:write'];
}

/** What of a value does not fit its parameter's description: names and options that do not exist. */
function misfits(property: INodeProperties, value: NodeParameterValueType): string[] {
	const { name, type, options = [], modes = [], typeOptions } = property;
	if (isExpression(value)) return [];
	if (type === 'collection') {
		return Object.entries(value as Record<string, NodeParameterValueType>).flatMap(([key, inner]) => {
			const option = (options as INodeProperties[]).find((candidate) => candidate.name === key);
			return option === undefined ? [`${name}.${key}`] : misfits(option, inner);
		});
	}
	if (type === 'resourceLocator') {
		const { mode } = value as INodeParameterResourceLocator;
		return modes.some((known) => known.name === mode) ? [] : [`${name}: mode ${mode}`];
	}
	if ((type === 'options' || type === 'multiOptions') && typeOptions?.loadOptionsMethod === undefined) {
		const known = (options as INodePropertyOptions[]).map((option) => option.value);
		return [value]
			.flat()
			.filter((chosen) => !known.includes(chosen as string))
			.map((chosen) => `${name}: ${JSON.stringify(chosen)}`);
	}
	return [];
}

describe.each(exampleNames)('The example %s', (name) => {
	const text = exampleText(name);
	const workflow = JSON.parse(text) as WorkflowDefinition & Record<string, unknown>;
	const { nodes } = workflow;
	const names = nodes.map((node) => node.name);
	const sticky = nodes.find(isSticky);
	const content = sticky?.parameters.content as string;

	it('holds a name, nodes, connections and the execution order, and nothing of one n8n', () => {
		expect(Object.keys(workflow)).toEqual(['name', 'nodes', 'connections', 'settings']);
		expect(workflow.name).toMatch(/^WhiteLabelCRO: \w/);
		expect(workflow.settings).toEqual({ executionOrder: 'v1' });
		for (const node of nodes) expect(node).not.toHaveProperty('credentials');
		expect(text).not.toMatch(/pinData|instanceId|webhookId|cachedResultUrl/);
	});

	it('has nodes of n8n and of this package only, each with an ID and a name of its own', () => {
		expect(new Set(nodes.map(({ id }) => id)).size).toBe(nodes.length);
		expect(new Set(names).size).toBe(nodes.length);
		for (const { type } of nodes) {
			if (type.startsWith(OURS)) expect(descriptions).toHaveProperty(type.slice(OURS.length));
			else expect(type).toMatch(/^(n8n-nodes-base|@n8n\/n8n-nodes-langchain)\.\w+$/);
		}
	});

	it('has no node that is named by its type', () => {
		for (const node of nodes.filter(isOurs)) expect(node.name).not.toMatch(/WhiteLabelCRO/i);
	});

	it('connects nodes that there are, and leaves none alone', () => {
		const ends = connectionsOf(workflow).flatMap(({ from, to }) => [from, to]);
		const others = nodes.filter((candidate) => !isSticky(candidate));
		expect(new Set(ends)).toEqual(new Set(others.map((other) => other.name)));
	});

	it('refers in its expressions to nodes that there are', () => {
		const expressions = JSON.stringify(nodes.filter((node) => !isSticky(node)));
		for (const [, referred] of expressions.matchAll(/\$\('([^']+)'\)/g)) expect(names).toContain(referred);
	});

	it('lies on the grid, and nothing in it overlaps but a mark and what it marks', () => {
		const numbers = nodes.flatMap(({ position }) => position);
		expect(numbers.filter((number) => number % GRID !== 0)).toEqual([]);
		const rectangles = nodes.map((node) => rectangleOf(node, workflow));
		const overlaps = rectangles.flatMap((a, index) =>
			rectangles.slice(index + 1).flatMap((b) => (overlap(a, b) ? [`${a.name} / ${b.name}`] : [])),
		);
		const meant = marksOf(workflow).flatMap((mark) =>
			markedBy(mark, workflow).map((marked) => `${mark.name} / ${marked}`),
		);
		expect(overlaps.toSorted()).toEqual(meant.toSorted());
	});

	it('marks on the canvas what its note says to change, and only that', () => {
		const [, steps = ''] = content.split('**Before you publish it**\n');
		const [untilTheRest = ''] = steps.split('\n\n');
		// n8n itself marks what lacks a credential.
		const changes = untilTheRest
			.split('\n')
			.filter((step) => !/choose your( \w+)? credential in the|Choose your credential in/i.test(step));
		const toChange = changes.flatMap((step) =>
			[...step.matchAll(/\*\*([^*]+)\*\*/g)].map(([, words = '']) => words),
		);
		const marked = marksOf(workflow).map((mark) => markedBy(mark, workflow));
		for (const each of marked) expect(each).not.toEqual([]);
		expect(marked.flat()).toEqual(expect.arrayContaining(toChange));
		for (const mark of marksOf(workflow)) expect(mark.parameters.content).toMatch(/^\*\*[A-Z].+\*\*\n[A-Z]/);
	});

	it('has no address of a made-up server: what only its user knows is empty, so that n8n asks for it', () => {
		const others = nodes.filter((candidate) => !isSticky(candidate));
		expect(JSON.stringify(others)).not.toMatch(/https?:/);
	});

	it('says in a note what it does, and what to do before it is published, or run if that is all', () => {
		expect(content).toMatch(/^## \S/);
		const runsByItself = nodes.some(({ type }) => /trigger$/i.test(type) && !type.endsWith('.manualTrigger'));
		expect(content).toContain(`\n\n**${runsByItself ? 'Before you publish it' : 'How to run it'}**\n1. `);
		expect(content).toContain('\n\n**Other things to change**\n- ');
		const bold = [...content.matchAll(/\*\*([^*]+)\*\*/g)].map(([, words = '']) => words);
		const mentioned = bold.filter((words) => names.includes(words));
		expect(mentioned.length).toBeGreaterThan(0);
	});

	it('says in its sticky note which scopes its API key needs, no more and no fewer', () => {
		const needed = new Set(nodes.filter(isOurs).flatMap(scopesOf));
		const said = [...content.matchAll(/`(\w+:\w+)`/g)].map(([, scope]) => scope);
		expect(new Set(said)).toEqual(needed);
	});

	it('sets parameters that its nodes have and show, to values that there are', () => {
		for (const node of nodes.filter(isOurs)) {
			const description = descriptions[node.type.slice(OURS.length)] ?? regular;
			const { properties } = description;
			const shown =
				NodeHelpers.getNodeParameters(properties, node.parameters, true, false, node, description) ?? {};
			const set = Object.entries(node.parameters).filter(
				([key]) => !(node.type.endsWith('Tool') && OF_TOOLS_ONLY.includes(key)) && key !== 'pollTimes',
			);
			expect(Object.keys(shown)).toEqual(expect.arrayContaining(set.map(([key]) => key)));
			const wrong = set.flatMap(([key, value]) => {
				const candidates = properties.filter(
					(property) =>
						property.name === key && NodeHelpers.displayParameter(shown, property, node, description),
				);
				return candidates.flatMap((property) => misfits(property, value));
			});
			expect({ [node.name]: wrong }).toEqual({ [node.name]: [] });
		}
	});

	it('is described and shown in examples/README.md', () => {
		const readme = readFileSync('examples/README.md', 'utf8');
		expect(readme).toContain(`(../docs/images/example-${name}.png)`);
		expect(existsSync(`docs/images/example-${name}.png`)).toBe(true);
	});

	it.each([
		['README.md', 'examples/'],
		['examples/README.md', ''],
	])('is linked by %s as the file itself, which a browser saves for the import', (page, folder) => {
		expect(readFileSync(page, 'utf8')).toContain(`(${folder}${name}.json?raw=true)`);
	});
});
