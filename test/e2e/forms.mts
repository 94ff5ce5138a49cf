// What a browser does with a form of n8n's.
import { ask } from '../../scripts/real-n8n/ask.mts';
import { until } from '../../scripts/real-n8n/until.mts';

/** What it takes on a quiet machine until an ending is shown. */
const ENDING_MS = 2_000;

/**
 * Sends the form at an address, with the answers to its fields in turn, and returns the HTML of its ending, which is shown
 * when the workflow has come to it. Rejects if that does not happen.
 */
export async function submitForm(address: string, answers: string[]): Promise<string> {
	const body = new FormData();
	for (const [index, answer] of answers.entries()) body.set(`field-${index}`, answer);
	const submission = await ask(address, { method: 'POST', body });
	const { formWaitingUrl } = (await submission.json()) as { formWaitingUrl: string };
	const status = new URL(formWaitingUrl);
	status.pathname += '/n8n-execution-status';
	await until('the ending of the form', ENDING_MS, async () => {
		const answer = await (await ask(status)).text();
		return answer.trim() === 'form-waiting' || undefined;
	});
	const ending = await (await ask(formWaitingUrl)).text();
	// The ending's page reports that it is shown, which ends the execution.
	await ask(formWaitingUrl, { method: 'POST' });
	return ending;
}
