/** A table by id that is being added to. It is copied when it first changes, so that the one it grew from stays as it was. */
export class GrowingTable<T> {
  readonly #known: Readonly<Record<string, T>>;
  /** A Map, because an id can be `__proto__`. */
  #grown: Map<string, T> | undefined;

  constructor(known: Readonly<Record<string, T>>) {
    this.#known = known;
  }

  /** Sets what is known of an id, from what was known of it until now. */
  change(id: string, to: (known: T | undefined) => T): void {
    this.#grown ??= new Map(Object.entries(this.#known));
    this.#grown.set(id, to(this.#grown.get(id)));
  }

  get table(): Readonly<Record<string, T>> {
    return this.#grown ? Object.fromEntries(this.#grown) : this.#known;
  }
}
