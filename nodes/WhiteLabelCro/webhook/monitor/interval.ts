/** How often a published trigger checks its subscription, in minutes: a divisor of 60. All that depends on it is derived here or from here. */
export const CHECK_INTERVAL_MINUTES = 5;

/** The same in milliseconds, and how much earlier than that a check may come. */
export const CHECK_INTERVAL_MS = CHECK_INTERVAL_MINUTES * 60_000;
export const EARLY_MS = CHECK_INTERVAL_MS / 5;

/** The same in a sentence. */
export const EVERY_INTERVAL = `every ${CHECK_INTERVAL_MINUTES} minutes`;
