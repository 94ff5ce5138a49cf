/** A Map that holds a limited number of entries: what is set becomes the newest, and beyond the limit the oldest goes. */
export class BoundedMap<K, V> extends Map<K, V> {
	constructor(private readonly limit: number) {
		super();
	}

	override set(key: K, value: V): this {
		this.delete(key);
		super.set(key, value);
		const oldest = this.keys().next();
		if (this.size > this.limit && !oldest.done) this.delete(oldest.value);
		return this;
	}
}
