// A report of Account: Check, as nodes/WhiteLabelCro/actions/account/report.ts writes it.
import { specimenOf } from './specimen.mts';

/** A call that was answered. */
export interface ReportedCall {
	method: string;
	path: string;
	/** The names of what was asked for. */
	query: string[];
	status: number;
	isFromApi: boolean;
	/** Whether this package read all of it. */
	isRead: boolean;
	/** Whether a 403 names the scope that is missing. */
	namesScope: boolean;
	/** What a header holds, in words, by its name; that of the request ID holds nothing. */
	headers: ReadonlyMap<string, string>;
	isWebPage: boolean;
	/** Something of the same shape. */
	body: unknown;
}

export interface Report {
	baseUrl: string;
	apiKey: string;
	/** What the event log's values tell. */
	log: string[];
	calls: ReportedCall[];
}

const TITLE = /Account: Check, report format (\d+)/;
const FORMAT = 1;
const CALL = /^(GET|PATCH|POST) (\/\S*?)(?:\?(\S+))?$/;

/**
 * Reads a report from whatever it was pasted into; what stands before and after it is passed over.
 * @throws TypeError if there is none, or one of another format; SyntaxError if it is not as it was written
 */
export function readReport(text: string): Report {
	const lines = text.split(/\r?\n/).map((line) => line.replace(/^[\s>]+/, '').trimEnd());
	const at = lines.findIndex((line) => TITLE.test(line));
	const [, format] = TITLE.exec(lines[at] ?? '') ?? [];
	if (format === undefined) throw new TypeError('There is no report of Account: Check in this text.');
	if (Number(format) !== FORMAT) {
		throw new TypeError(
			`The report has format ${format}, and this script reads format ${FORMAT}: take the one of the package's version.`,
		);
	}
	const head = (name: string) =>
		lines
			.slice(at)
			.find((line) => line.startsWith(`${name}: `))
			?.slice(name.length + 2) ?? '';
	const starts = lines.flatMap((line, index) => (index > at && CALL.test(line) ? [index] : []));
	return {
		baseUrl: head('Base URL'),
		apiKey: head('API key'),
		log: head('Event log').split('; '),
		calls: starts.flatMap((index) => readCall(lines[index], lines[index + 1], lines[index + 2])),
	};
}

function readCall(call = '', answer = '', shape = ''): ReportedCall[] {
	if (answer === 'no answer') return [];
	const [, method = '', path = '', query = ''] = CALL.exec(call) ?? [];
	const [first = '', ...parts] = answer.split('; ');
	const [, status] = /^HTTP (\d{3})$/.exec(first) ?? [];
	if (status === undefined) throw new SyntaxError(`There is no status below "${call}".`);
	const isWebPage = shape === 'a web page';
	return [
		{
			method,
			path,
			query: query.split('&').filter(Boolean),
			status: Number(status),
			isFromApi: !parts.includes('not from the API'),
			isRead: !parts.includes('not read'),
			namesScope: parts.includes('names the scope'),
			headers: new Map(
				parts.map((part): [string, string] => {
					const [name = '', form = ''] = part.split(': ');
					return [name, form];
				}),
			),
			isWebPage,
			body: isWebPage ? '<html>' : specimenOf(shape),
		},
	];
}
