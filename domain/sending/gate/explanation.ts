/** Explains in sentences for people why a message was sent, waits or was not sent. */
import { lineageOf } from '../../rules/applied-rules.ts';
import { casesOfRule } from './case-hold.ts';
import type { Decision } from './decision.ts';
import type { Step, StepCondition } from '../../journey/journey.ts';
import { TRIGGERS } from '../../journey/trigger.ts';
import { eachWord } from '../../journey/words.ts';
import type { FailureReason } from '../reason.ts';
import { FAILURE_REASONS, SKIP_REASONS, WAIT_REASONS } from '../reason.ts';
import type { Row, RulePacks } from '../../rules/rule-pack.ts';

/** A country's rule, as shown to people. */
export interface SaidRule {
  readonly id: string;
  readonly says: string;
  readonly basis: Row['basis'];
  readonly confidence: Row['confidence'];
}

/** The row with this id among those of some jurisdictions; undefined for a rule that is our own. */
export function ruleOf(packs: RulePacks, jurisdictions: readonly string[], id: string): SaidRule | undefined {
  for (const jurisdiction of jurisdictions) {
    const row = lineageOf(packs, jurisdiction)
      .flatMap(({ rows }) => rows)
      .find((one) => one.id === id);
    if (row) return { id, says: row.says, basis: row.basis, confidence: row.confidence };
  }
  return undefined;
}

/** Place and time of a decision: the wall clock there, `2027-03-14T09:05`. */
export interface DecidedAt {
  readonly localTime?: string | undefined;
  readonly zone?: string | undefined;
}

/** `Not sent: outside the hours ... The rule: no marketing texts before 08:00 (us-fl.hours). It was Sunday ... in America/New_York.` */
export function decisionInWords(decision: Decision, rule: SaidRule | undefined, at: DecidedAt): string {
  const by = rule === undefined ? `The rule: ${ownRuleInWords(decision.rule)}.` : `The rule: ${rule.says} (${rule.id})`;
  const there =
    at.localTime === undefined || at.zone === undefined ? '' : ` It was ${clockInWords(at.localTime)} in ${at.zone}.`;
  switch (decision.kind) {
    case 'send':
      return `Nothing stood against it.${there}`;
    case 'wait':
      return `Moved to ${iso(decision.until)}: ${WAIT_REASONS[decision.reason]}. ${by}${there}`;
    case 'skip':
      return `Not sent: ${SKIP_REASONS[decision.reason].words}. ${by}${there}`;
  }
}

/** Words for a rule of our own. For most of them the name is enough. */
function ownRuleInWords(rule: string): string {
  const cases = casesOfRule(rule);
  return cases ? `an open case held it, case ${cases.join(' and ')} (${rule})` : rule;
}

/** A step that waits for cases of its order. */
export function holdInWords(cases: readonly string[], usefulUntil: number): string {
  const which = cases.length === 1 ? `case ${cases[0] ?? ''} is` : `cases ${cases.join(', ')} are`;
  return `Held while ${which} open. It goes out a day after the last case is closed, if that is before ${iso(usefulUntil)}; else it ends.`;
}

/**
 * The moment at which a forecast decision would be made, epoch ms. `hold`: the order is paused, until a moment or
 * until it is resumed.
 */
export interface ForecastAt {
  readonly at: number;
  readonly now: number;
  readonly hold?: { readonly until?: number };
}

/** The decision at a later moment, by the facts of now. */
export function forecastInWords(decision: Decision, rule: SaidRule | undefined, when: ForecastAt): string {
  const then = momentInWords(when);
  const by = rule === undefined ? decision.rule : `${rule.says} (${rule.id})`;
  switch (decision.kind) {
    case 'send':
      return `${then} it would be sent.`;
    case 'wait':
      return `${then} it would be moved to ${iso(decision.until)}: ${WAIT_REASONS[decision.reason]}. The rule: ${by}`;
    case 'skip':
      return `${then} it would not be sent: ${SKIP_REASONS[decision.reason].words}. The rule: ${by}`;
  }
}

/** A step that would wait for cases of its order if it were due. */
export function holdForecastInWords(cases: readonly string[], when: ForecastAt): string {
  const open = cases.length === 1 ? `case ${cases[0] ?? ''} is open` : `cases ${cases.join(', ')} are open`;
  return `${momentInWords(when)} it would wait: ${open}.`;
}

/** The end of a pause without a moment is unknown, so a due message of a paused order has no moment either. */
function momentInWords({ at, now, hold }: ForecastAt): string {
  const then = `by what is known now, on ${iso(at)}`;
  if (!hold) return `By${then.slice(2)}`;
  if (hold.until !== undefined) return `The order is on hold until ${iso(hold.until)}. By${then.slice(2)}`;
  const resumed = 'The order is on hold. Nothing is sent until it is resumed; then,';
  return at > now ? `${resumed} ${then}` : `${resumed} by what is known now,`;
}

/** The moment that the step waits for. */
export function triggerInWords(step: Step): string {
  const { when, after } = step;
  const moment = `\`${when}\` (${TRIGGERS[when].means})`;
  const said = eachWord(step, (word, value) => word.said?.(value) ?? '').join('');
  if (after === undefined) return `at ${moment}${said}`;
  return after.startsWith('-') ? `${after.slice(1)} before ${moment}${said}` : `${after} after ${moment}${said}`;
}

/** The orders that a step of a journey is for. */
export function conditionInWords(condition: StepCondition = {}): string {
  const parts = Object.entries(condition).flatMap(([trait, wanted]) => {
    if (wanted === undefined) return [];
    if (typeof wanted === 'boolean') return [wanted ? trait : `not ${trait}`];
    return [`${trait} ${wanted.join(' or ')}`];
  });
  return parts.length === 0 ? 'every order' : `orders with ${parts.join(', ')}`;
}

export function failureInWords(reason: string | null): string {
  return reason !== null && isFailure(reason) ? FAILURE_REASONS[reason] : 'it failed';
}

function isFailure(reason: string): reason is FailureReason {
  return Object.hasOwn(FAILURE_REASONS, reason);
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

function clockInWords(localTime: string): string {
  const [date = '', time = ''] = localTime.split('T');
  return `${DAYS[new Date(`${date}T00:00:00Z`).getUTCDay()] ?? ''} ${date} ${time}`;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
