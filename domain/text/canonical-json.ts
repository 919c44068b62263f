/**
 * Writes JSON in exactly one way: keys sorted, no white space. For texts, whole numbers, booleans, null, and lists
 * and objects of them, the result is that of RFC 8785 (JSON Canonicalization Scheme), so any program can check a hash
 * over it. `undefined` is left out.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value ?? null);
  const fields = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, one]) => `${JSON.stringify(name)}:${canonicalJson(one)}`).join(',')}}`;
}
