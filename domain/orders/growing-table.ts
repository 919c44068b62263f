/** A table by id while entries are added. It is copied at the first change, so that the original stays as it was. */
export class GrowingTable<T> {
  readonly #known: Readonly<Record<string, T>>;
  /** A Map, because an id can be `__proto__`. */
  #grown: Map<string, T> | undefined;

  constructor(known: Readonly<Record<string, T>>) {
    this.#known = known;
  }

  /** Sets the entry of an id, computed from its present entry. */
  change(id: string, to: (known: T | undefined) => T): void {
    this.#grown ??= new Map(Object.entries(this.#known));
    this.#grown.set(id, to(this.#grown.get(id)));
  }

  get table(): Readonly<Record<string, T>> {
    return this.#grown ? Object.fromEntries(this.#grown) : this.#known;
  }
}
