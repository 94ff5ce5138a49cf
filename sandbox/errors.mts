// Error answers: one class that routes throw, and every body that the contract's section 1 lists for it.
import { STATUS_CODES } from 'node:http';

import type { Dialect } from './dialect.mts';

export type FieldErrors = Record<string, string[]>;

/** An answer that is not a success. `validation` becomes 400 or 422, as the dialect says. */
export class ApiError extends Error {
	readonly status: number | 'validation';
	readonly code: string;
	readonly fields: FieldErrors;

	constructor(status: number | 'validation', code: string, message: string, fields: FieldErrors = {}) {
		super(message);
		this.status = status;
		this.code = code;
		this.fields = fields;
	}
}

/** A validation error with its reason for each field. */
export function invalid(fields: FieldErrors): ApiError {
	return new ApiError('validation', 'validation_failed', 'Validation failed', fields);
}

/** The record, route or subscription is not there. */
export function notFound(what: string): ApiError {
	return new ApiError(404, 'not_found', `${what} not found`);
}

/** Status, media type and text of the error in the dialect's form. */
export function errorAnswer(
	error: ApiError,
	dialect: Dialect,
): { status: number; type: string; text: string } {
	const status = error.status === 'validation' ? dialect.validationStatus : error.status;
	const title = STATUS_CODES[status] ?? 'Error';
	const reasons = Object.entries(error.fields).map(([field, texts]) => `${field}: ${texts.join(', ')}`);
	const message = [error.message, ...reasons].join('; ');
	const json = (body: object) => ({ status, type: 'application/json', text: JSON.stringify(body) });
	switch (dialect.errorBody) {
		case 'message':
			return json({ message });
		case 'error-text':
			return json({ error: message });
		case 'error-object':
			return json({ error: { code: error.code, message } });
		case 'problem': {
			const errors = reasons.length > 0 ? { errors: error.fields } : {};
			return {
				...json({ title, status, detail: error.message, ...errors }),
				type: 'application/problem+json',
			};
		}
		case 'message-list':
			return json({
				message: reasons.length > 0 ? reasons : [error.message],
				error: title,
				statusCode: status,
			});
		case 'errors-list': {
			const errors = Object.entries(error.fields).map(([field, texts]) => ({
				field,
				message: texts.join(', '),
			}));
			return json({ errors: errors.length > 0 ? errors : [{ message: error.message }] });
		}
		case 'model-state':
			return json({ Message: error.message, ...(reasons.length > 0 && { ModelState: error.fields }) });
		case 'fields-alone':
			return json(reasons.length > 0 ? error.fields : { non_field_errors: [error.message] });
		case 'text':
			return { status, type: 'text/plain; charset=utf-8', text: message };
		case 'html': {
			const safe = message.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
			return { status, type: 'text/html; charset=utf-8', text: htmlPage(`${status} ${title}`, safe) };
		}
		case 'empty':
			return { status, type: 'text/plain; charset=utf-8', text: '' };
	}
}

/** A page such as a proxy puts in an API's place; both texts must be safe HTML. */
export function htmlPage(title: string, text: string): string {
	return `<!doctype html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1><p>${text}</p></body></html>\n`;
}
