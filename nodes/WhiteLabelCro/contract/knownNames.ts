import { EVENT_TYPES } from './eventTypes';
import { CURSOR_NAMES, EVENT_LIST_NAMES, MORE_NAMES } from './events';
import { ANY_LIST } from './json';
import { LOOKUP_ROWS } from './lookups';
import { PAGE_NAMES, PAGE_WRAPPERS } from './pages';
import { HIT_FIELDS, HIT_WRAPPERS } from './records';
import { SUBSCRIPTION_LISTS, SUBSCRIPTION_NAMES, SUBSCRIPTION_WRAPPERS } from './subscriptions';

/** D and A: every name that the API's answers are known to use. Any other may be somebody's own, such as a custom field's. */
const KNOWN_NAMES: ReadonlySet<string> = new Set([
	...HIT_FIELDS,
	...HIT_WRAPPERS,
	...ANY_LIST,
	...Object.values(LOOKUP_ROWS).flatMap(({ rows, id, label }) => [...rows, ...id, ...label]),
	'count',
	...EVENT_LIST_NAMES,
	...CURSOR_NAMES,
	...MORE_NAMES,
	...Object.values(PAGE_NAMES).flat(),
	...PAGE_WRAPPERS,
	...Object.values(SUBSCRIPTION_NAMES).flat(),
	...SUBSCRIPTION_WRAPPERS,
	...SUBSCRIPTION_LISTS,
	...['description', 'createdUtc', 'created_utc'],
	// Errors.
	...['message', 'error', 'code', 'type', 'title', 'status', 'detail', 'instance', 'errors', 'details'],
	// Answers of actions.
	...['success', 'updated_utc', 'previous_status', 'new_status', 'client_note_id'],
	// Events.
	...['companyId', 'payload', 'metadata', 'source', 'user_id'],
	...EVENT_TYPES.flatMap(({ amount = [] }) => amount),
	...['created_date', 'changed_date', 'changed_by_employee_id', 'status_note', 'invoice_id'],
	...['due_date', 'invoice_status', 'payment_id'],
	...['payment_method', 'date_paid', 'transaction_id', 'failure_reason'],
	...['is_approved_affiliate', 'previous_status_id', 'new_status_id'],
]);

/** Whether a field's name is one of the API's own, as far as it is known, and so tells nothing of an account. */
export function isKnownName(name: string): boolean {
	return KNOWN_NAMES.has(name);
}
