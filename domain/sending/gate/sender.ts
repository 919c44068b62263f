/** The sender of an SMS as customers see it, and where it may be used. */
import type { AppliedRules } from '../../rules/applied-rules.ts';
import { rowsOfKind } from '../../rules/applied-rules.ts';
import type { SenderKind } from '../../rules/rule-pack.ts';

export interface SmsSender {
  /** An E.164 number, a short code, or a name. */
  readonly name: string;
  readonly kind: SenderKind;
}

/**
 * The row that forbids a sender in the country of the number. Networks make these rules, so the address does not
 * count. Undefined: the sender may be used.
 */
export function senderProblem(
  { name, kind }: SmsSender,
  rules: AppliedRules,
  country: string | undefined,
): string | undefined {
  const offended = rowsOfKind(rules, 'sender').find(({ jurisdiction, rule }) => {
    if (jurisdiction.split('-')[0] !== country) return false;
    if (!rule.kinds.includes(kind)) return true;
    if (kind !== 'alphanumeric') return false;
    return (
      !name.startsWith(rule.prefix ?? '') ||
      !name.endsWith(rule.suffix ?? '') ||
      name.length > (rule.maxLength ?? name.length)
    );
  });
  return offended?.id;
}

/**
 * The type of a sender by its form: a long number, a short code of up to six digits, or a name. A toll-free number
 * looks like a long number.
 */
export function senderKindOf(name: string): SenderKind {
  if (name.startsWith('+')) return 'long_number';
  return /^\d{3,6}$/.test(name) ? 'short_code' : 'alphanumeric';
}
