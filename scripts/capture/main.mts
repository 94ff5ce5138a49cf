// `npm run capture:redact -- <file>`: makes a captured delivery or answer of the real API fit to be shown in an issue.
import { onFile } from '../onFile.mts';
import { readCapture } from './message.mts';
import { recogniseSignature } from './recognise.mts';
import { redact } from './redact.mts';

const USAGE = `Usage: npm run -s capture:redact -- <file>     ("-" reads what is piped in)

The file holds a captured message of the WhiteLabelCRO API: a delivery, or an answer of it. Either the HTTP message as text
(head, empty line, body), or the JSON {"headers": {…}, "body": …} that n8n's Webhook node shows.

For a delivery, set WLCRO_SIGNING_SECRET to the subscription's signing secret. It is used on this machine only, to find out
how the delivery was signed, and is not printed.
`;

await onFile(USAGE, (content) => {
	const captured = readCapture(content);
	const secret = process.env.WLCRO_SIGNING_SECRET?.trim();
	const signature = secret ? recogniseSignature(captured, secret) : undefined;
	process.stdout.write(`${JSON.stringify({ ...redact(captured), signature }, null, '\t')}\n`);
	process.stderr.write(
		'\nRead it once more before you show it to anybody: letters are "a", digits are "1".\n',
	);
	if (secret && signature === undefined) {
		const why = captured.isRaw
			? 'No header is a signature of this body that was made with WLCRO_SIGNING_SECRET.'
			: 'The signature could not be recognised. Capture the body as text: an object does not show the bytes that were signed.';
		process.stderr.write(`${why}\n`);
		process.exitCode = 1;
	}
});
