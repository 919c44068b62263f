/**
 * Decides whether a person's statements are enough for a class of message, by the rules of every place that may
 * apply.
 */
import type { AppliedRules } from '../rules/applied-rules.ts';
import { rowsOfKind } from '../rules/applied-rules.ts';
import type { Consents, ConsentClass, ClassConsent } from './consent.ts';
import { isExpressed } from './consent.ts';
import { addPeriod } from '../time/period.ts';
import type { SkipReason } from '../sending/reason.ts';

type Given = Extract<ClassConsent, { state: 'granted' }>;

/** Answers of outside lists about a number: whether it is on the list, and when that was checked. Epoch ms. */
export type ListChecks = Readonly<Record<string, { readonly listed: boolean; readonly at: number }>>;

export type ConsentAnswer =
  /** `ref`: the ledger entry that gives the consent. Absent: the class needs none. */
  | { readonly kind: 'enough'; readonly ref?: string }
  | { readonly kind: 'lacking'; readonly reason: SkipReason; readonly rule: string };

/**
 * The first rule that is not met. A refusal of the class always counts. Every jurisdiction's row has to accept the basis, none may
 * have let it expire, and lists are asked where there is no consent in words.
 */
export function consentFor(
  messageClass: ConsentClass,
  consents: Consents,
  lists: ListChecks,
  rules: AppliedRules,
  now: number,
): ConsentAnswer {
  const consent = consents.day[messageClass];
  if (consent?.state === 'withdrawn') return lacking('no_consent', `consent.${messageClass}.withdrawn`);
  const asked = rowsOfKind(rules, 'consent').filter(({ rule }) => rule.accepts !== 'none');
  const [first] = asked;
  if (!first) return { kind: 'enough' };
  const revoked = revokedAltogether(consent, consents, rules);
  if (revoked !== undefined) return lacking('no_consent', revoked);
  if (!consent) return lacking('no_consent', first.id);
  for (const { id, rule } of asked) {
    if (!rule.accepts.includes(consent.basis)) return lacking('no_consent', id);
    if (rule.doubleOptIn === 'required' && isExpressed(consent.basis) && !consent.confirmed)
      return lacking('not_confirmed', id);
  }
  return expired(consent, rules, now) ?? listed(consent, lists, rules, now) ?? { kind: 'enough', ref: consent.ref };
}

/** True if the consent for the night is valid, or none of its own is needed. */
export function nightConsentStands(
  messageClass: ConsentClass,
  consents: Consents,
  rules: AppliedRules,
  now: number,
): boolean {
  const night = consents.night[messageClass];
  return night?.state === 'granted' && isExpressed(night.basis) && expired(night, rules, now) === undefined;
}

/** When a consent ends by itself, epoch ms: on its own date, with its basis, or unless it is renewed. Infinity: never. */
export function consentEnd(consent: Given, rules: AppliedRules): { readonly at: number; readonly rule: string } {
  const ends = [
    { at: consent.expiresAt ?? Infinity, rule: 'consent.expires' },
    ...rowsOfKind(rules, 'consent_expiry')
      .filter(({ rule }) => rule.of === consent.basis)
      .map(({ id, rule }) => ({ at: addPeriod(consent.at, rule.after), rule: id })),
    ...rowsOfKind(rules, 'reconfirm')
      .filter(() => isExpressed(consent.basis))
      .map(({ id, rule }) => ({ at: addPeriod(consent.renewedAt, rule.every), rule: id })),
  ];
  return ends.reduce((first, end) => (end.at < first.at ? end : first));
}

function expired(consent: Given, rules: AppliedRules, now: number): ConsentAnswer | undefined {
  const end = consentEnd(consent, rules);
  return now >= end.at ? lacking('consent_expired', end.rule) : undefined;
}

/** Where a refusal of one kind is a refusal of all: any refusal that no later consent follows. */
function revokedAltogether(
  consent: ClassConsent | undefined,
  { day }: Consents,
  rules: AppliedRules,
): string | undefined {
  const row = rowsOfKind(rules, 'revocation').find(({ rule }) => rule.covers === 'all');
  const later = Object.values(day).some((other) => other.state === 'withdrawn' && other.at >= (consent?.at ?? 0));
  return later ? row?.id : undefined;
}

function listed(consent: Given, lists: ListChecks, rules: AppliedRules, now: number): ConsentAnswer | undefined {
  if (isExpressed(consent.basis)) return undefined;
  for (const { id, rule } of rowsOfKind(rules, 'list_check')) {
    const check = lists[rule.list];
    const good = check && (rule.validFor === undefined || now < addPeriod(check.at, rule.validFor));
    if (!good) return lacking('list_unchecked', id);
    if (check.listed) return lacking('on_a_list', id);
  }
  return undefined;
}

function lacking(reason: SkipReason, rule: string): ConsentAnswer {
  return { kind: 'lacking', reason, rule };
}
