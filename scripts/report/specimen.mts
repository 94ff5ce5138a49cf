// A value of the shape that a report notes (nodes/WhiteLabelCro/actions/account/notation.ts): whatever reads answers can read it.

/** Stands for what the report does not show for its length. */
const HIDDEN = '…';

const FORMS: Array<[RegExp, (count: number) => unknown]> = [
	[/^nothing/, () => ''],
	[/^null/, () => null],
	[/^boolean|^true/, () => true],
	[/^false/, () => false],
	[/^"true"/, () => 'true'],
	[/^"false"/, () => 'false'],
	[/^time\(zone\)/, () => '2026-01-28T10:30:00Z'],
	[/^time\(no zone\)/, () => '2026-01-28T10:30:00'],
	[/^text\((\d{1,7})\)/, (count) => 'x'.repeat(count)],
	[/^digits\((\d{1,7})\)/, (count) => '1'.repeat(count)],
	[/^number\((\d{1,7})\)/, (count) => Number('1'.repeat(Math.min(count, 15)))],
	[/^…/, () => undefined],
];

/**
 * A value of a shape: of a list only the first entry, and names that the report hides under others.
 * @throws SyntaxError if it is none
 */
export function specimenOf(notation: string): unknown {
	const reader = new Reader(notation);
	const value = reader.value();
	reader.expectEnd();
	return value;
}

class Reader {
	private hidden = 0;

	constructor(private rest: string) {}

	value(): unknown {
		if (this.take(/^\[\]/)) return [];
		if (this.take(/^\{\}/)) return {};
		const list = this.take(/^\[(\d{1,9}) × /);
		if (list !== undefined) {
			const entries = [this.value()];
			entries.length = Number(list[1]);
			this.demand(/^\]/);
			return entries;
		}
		if (this.take(/^\{…\}/)) return { [HIDDEN]: undefined };
		if (this.take(/^\{/)) return this.fields();
		for (const [form, make] of FORMS) {
			const found = this.take(form);
			if (found !== undefined) return make(Number(found[1]));
		}
		throw this.error();
	}

	expectEnd(): void {
		if (this.rest !== '') throw this.error();
	}

	private fields(): Record<string, unknown> {
		const object: Record<string, unknown> = {};
		do {
			const more = this.take(/^(\d{1,6}) more/);
			if (more !== undefined) {
				for (let left = Number(more[1]); left > 0; left--) object[this.hiddenName()] = undefined;
				continue;
			}
			const [, known] = this.demand(/^(?:(\w+)|\(name of \d+\)): /);
			object[known ?? this.hiddenName()] = this.value();
		} while (this.take(/^, /) !== undefined);
		this.demand(/^\}/);
		return object;
	}

	private hiddenName(): string {
		this.hidden += 1;
		return `${HIDDEN}${this.hidden}`;
	}

	private take(form: RegExp): RegExpExecArray | undefined {
		const found = form.exec(this.rest) ?? undefined;
		if (found !== undefined) this.rest = this.rest.slice(found[0].length);
		return found;
	}

	private demand(form: RegExp): RegExpExecArray {
		const found = this.take(form);
		if (found === undefined) throw this.error();
		return found;
	}

	private error(): SyntaxError {
		return new SyntaxError(`This is no shape of a report: ${this.rest.slice(0, 40)}`);
	}
}
