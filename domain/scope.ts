/** What a key of a brand may be allowed to do. Every route names one of these; a key has a list of them. */
export const SCOPES = [
  /** Place orders and report events. */
  'orders:write',
  /** Orders, their messages and why, stops of the provider, the forecast. */
  'orders:read',
  /** People: addresses, consents and what was decided about them. */
  'contacts:read',
  /** What people agreed to, and numbers that must not be written to. */
  'consent',
  /** Export and erase a person, and end the links they were sent. */
  'privacy',
  /** What operators do by hand: commands to orders, cases, messages and stops. */
  'repair',
  /** What concerns the brand's installation as a whole: the audit log. */
  'admin',
] as const;
export type Scope = (typeof SCOPES)[number];

export function isScope(word: string): word is Scope {
  return SCOPES.some((scope) => scope === word);
}
