// The examples run on n8n with all of its modules on, as its users have it.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { proveThatALeadGetsItsNote } from '../../scripts/proof.mts';
import type { WorkflowDefinition } from '../../scripts/real-n8n/rest.mts';
import { SET_UP_TIMEOUT_MS, type Stage, setStage } from './stage.mts';

let stage: Stage;

beforeAll(async () => {
	stage = await setStage({ defaultModules: true });
}, SET_UP_TIMEOUT_MS);

afterAll(async () => {
	await stage.strike();
});

test("on n8n's default settings, new-lead-welcome-note.json greets a new lead by name in a note", async () => {
	const example = readFileSync('examples/new-lead-welcome-note.json', 'utf8');
	const workflow = await stage.publish(JSON.parse(example) as WorkflowDefinition);
	const said: string[] = [];
	await proveThatALeadGetsItsNote(stage.sandbox, stage.n8n, workflow, (text) => said.push(text));
	expect(said.join('\n')).toMatch(/Welcome, Maria!/);
});
