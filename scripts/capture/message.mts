// A captured HTTP message, in the two forms that people have it in.
import { isObject } from '../../nodes/WhiteLabelCro/contract/json.ts';

export interface Captured {
	/** The request line or the status line, if there is one. */
	startLine?: string;
	/** As written, in the order of the capture. */
	headers: Array<[name: string, value: string]>;
	/** The bytes of the body, if the capture has them, else the JSON that stood for it. */
	body: Buffer;
	/** Whether `body` is what was on the wire: only over that can a signature be recognised for sure. */
	isRaw: boolean;
}

/**
 * Reads a captured message: an HTTP message as text (head, empty line, body), or the JSON `{headers, body}` that an item of
 * n8n's Webhook node has, where `body` may be an object or text. Throws a TypeError on anything else.
 */
export function readCapture(capture: Buffer): Captured {
	const text = capture.toString('utf8');
	return text.trimStart().startsWith('{') || text.trimStart().startsWith('[')
		? fromItem(parse(text))
		: fromHttp(capture);
}

/** JSON.parse's own message would quote what is in the capture. */
function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		throw new TypeError('The capture begins like JSON, but it is none.');
	}
}

function fromItem(json: unknown): Captured {
	const item: unknown = Array.isArray(json) ? json[0] : json;
	if (!isObject(item) || !isObject(item.headers)) {
		throw new TypeError(
			'The JSON has no "headers". Give {"headers": {…}, "body": …}, or the HTTP message as text.',
		);
	}
	const headers = Object.entries(item.headers).flatMap(([name, value]) =>
		(Array.isArray(value) ? value : [value]).map((one): [string, string] => [name, String(one)]),
	);
	const isRaw = typeof item.body === 'string';
	const text = isRaw ? (item.body as string) : JSON.stringify(item.body ?? '');
	return { headers, body: Buffer.from(text), isRaw };
}

function fromHttp(capture: Buffer): Captured {
	const end = /\r?\n\r?\n/.exec(capture.toString('latin1'));
	if (end === null)
		throw new TypeError('There is no empty line between the head of the message and its body.');
	const [first = '', ...rest] = capture.subarray(0, end.index).toString('utf8').split(/\r?\n/);
	const isStartLine = /^HTTP\/|HTTP\/[\d.]+$/.test(first);
	const lines = isStartLine ? rest : [first, ...rest];
	const headers = lines.map((line): [string, string] => {
		const colon = line.indexOf(':');
		if (colon < 1) throw new TypeError('A line of the head is no header.');
		return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
	});
	const body = capture.subarray(end.index + end[0].length);
	return { ...(isStartLine && { startLine: first }), headers, body, isRaw: true };
}
