/** Words for a schema's mistake: a missing value is not called "expected string, received undefined". */

interface Mistake {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** `value` is all that was checked. A check of several values together (`custom`) has its own words. */
export function wordsOfMistake({ code, path, message }: Mistake, value: unknown): string {
  if (code === 'custom' || path.length === 0 || valueAt(value, path) !== undefined) return message;
  const wanted = message.startsWith('Invalid input') ? '' : message.replace('Invalid option: ', '');
  return wanted === '' ? 'is missing' : `is missing: ${wanted}`;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined),
    value,
  );
}
