/** What jest leaves as it is where only the time of day stands still, to be set by the test. */
export const NOT_THE_CLOCK = [
	'hrtime',
	'nextTick',
	'performance',
	'queueMicrotask',
	'setImmediate',
	'clearImmediate',
	'setInterval',
	'clearInterval',
	'setTimeout',
	'clearTimeout',
] as const;
