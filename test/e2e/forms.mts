// What a browser does with a form of n8n's.
import { until } from '../../scripts/real-n8n/until.mts';

const ENDING_TIMEOUT_MS = 20_000;

/**
 * Sends the form at an address, with the answers to its fields in turn, and returns the HTML of its ending, which is shown
 * when the workflow has come to it. Rejects if that does not happen within 20 seconds.
 */
export async function submitForm(address: string, answers: string[]): Promise<string> {
	const body = new FormData();
	for (const [index, answer] of answers.entries()) body.set(`field-${index}`, answer);
	const submission = await fetch(address, { method: 'POST', body });
	const { formWaitingUrl } = (await submission.json()) as { formWaitingUrl: string };
	const status = new URL(formWaitingUrl);
	status.pathname += '/n8n-execution-status';
	await until('the ending of the form', ENDING_TIMEOUT_MS, async () => {
		const answer = await (await fetch(status)).text();
		return answer.trim() === 'form-waiting' || undefined;
	});
	const ending = await (await fetch(formWaitingUrl)).text();
	// The ending's page reports that it is shown, which ends the execution.
	await fetch(formWaitingUrl, { method: 'POST' });
	return ending;
}
