import { BoundedMap } from '../helpers/boundedMap';
import type { Bucket } from './contract';
import { RateLimit } from './rateLimit';
import type { Reservation } from './rateLimit';
import type { KeyWindows } from './resets';

/** A call that waits for its turn. */
export interface Caller {
	/** Whether it leaves a part of the limit to others. */
	readonly background: boolean;
	/** Where it stands; a call keeps its place when it has to come again. */
	place?: number;
	/** What it may be sent against, once its turn has come. */
	reservation?: Reservation;
	/** Called when its turn has come. */
	called(): void;
}

/** All calls of one bucket of one key that wait, first come, first served. It is pure: nothing waits here. */
export class Line {
	readonly limit: RateLimit;
	private readonly waiting: Caller[] = [];
	private places = 0;

	constructor(windows?: KeyWindows) {
		this.limit = new RateLimit(windows);
	}

	join(caller: Caller): void {
		const place = (caller.place ??= ++this.places);
		const next = this.waiting.findIndex((other) => (other.place ?? 0) > place);
		this.waiting.splice(next < 0 ? this.waiting.length : next, 0, caller);
	}

	/** Lets every caller go that may go now. One in the background that may not holds nobody up. */
	advance(now: number): void {
		for (let at = 0; ; ) {
			const caller = this.waiting[at];
			if (caller === undefined) return;
			if (this.limit.outlook(now, caller.background).opensAt <= now) this.admit(caller, now);
			else if (caller.background) at += 1;
			else return;
		}
	}

	/** Gives a waiting caller its turn. */
	admit(caller: Caller, now: number): void {
		this.remove(caller);
		caller.reservation = this.limit.reserve(now);
		caller.called();
	}

	/** Takes a caller that will send nothing out of the line, whether its turn has come or not. */
	leave(caller: Caller, now: number): void {
		if (caller.reservation === undefined) this.remove(caller);
		else this.limit.withdraw(caller.reservation);
		caller.reservation = undefined;
		this.advance(now);
	}

	private remove(caller: Caller): void {
		this.waiting.splice(this.waiting.indexOf(caller), 1);
	}
}

/** The lines of one key. */
class Lines extends Map<Bucket, Line> {
	readonly windows: KeyWindows = {};
}

const MAX_KEYS = 1000;
const keys = new BoundedMap<string, Lines>(MAX_KEYS);

/**
 * The line that all executions of this process share.
 * @param account anything that tells one key on one host from another; it is only ever compared
 */
export function lineOf(account: string, bucket: Bucket): Line {
	const lines = keys.get(account) ?? new Lines();
	keys.set(account, lines);
	const line = lines.get(bucket) ?? new Line(lines.windows);
	lines.set(bucket, line);
	return line;
}
