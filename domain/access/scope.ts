/** Permissions of a brand's API key. Every route names one of these; a key has a list of them. */
export const SCOPES = [
  /** Place orders and report events. */
  'orders:write',
  /** Read orders, their messages and reasons, the provider's stops, the forecast. */
  'orders:read',
  /** Read contacts: addresses, consents and decisions about them. */
  'contacts:read',
  /** Record consents and opt-outs. */
  'consent',
  /** Export and erase a person, and withdraw their links. */
  'privacy',
  /** Operators' work: commands to orders, cases, messages and stops. */
  'repair',
  /** The brand's installation as a whole: the audit log. */
  'admin',
] as const;
export type Scope = (typeof SCOPES)[number];

export function isScope(word: string): word is Scope {
  return SCOPES.some((scope) => scope === word);
}
