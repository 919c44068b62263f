/**
 * Options of a raw statement that each connection plans once, under a name that no other text has: for the long ones on the path
 * of every message, which PostgreSQL plans for three times as long as it runs them.
 */
export function prepared(name: string): { readonly name: string } {
  return { name };
}
