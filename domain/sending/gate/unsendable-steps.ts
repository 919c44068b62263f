/**
 * The steps of a new order's journey that would not be sent by the facts at its placement, with the reason in words
 * for the shop.
 */
import type { Consents } from '../../consent/consent.ts';
import { consentFor } from '../../consent/consent-rules.ts';
import type { Step } from '../../journey/journey.ts';
import { channelsOf } from '../../journey/journey.ts';
import type { Brand } from '../../orders/brand.ts';
import { servedBy } from '../../orders/brand.ts';
import type { AppliedRules } from '../../rules/applied-rules.ts';
import type { NumberRange } from '../../rules/rule-data.ts';
import { rangeOf } from '../../rules/rule-data.ts';
import type { MessageClass } from '../message.ts';
import { kindRule } from '../message.ts';
import type { SkipReason } from '../reason.ts';
import { senderKindOf, senderProblem } from './sender.ts';

export interface NewOrderFacts {
  readonly brand: Brand;
  /** Of the order's own journey. */
  readonly steps: readonly Step[];
  readonly phone?: { readonly e164: string; readonly country?: string } | undefined;
  /** ISO 3166-1 alpha-2. */
  readonly deliveredTo?: string | undefined;
  readonly consents: Consents;
  readonly neverTexted: readonly NumberRange[];
  /** The rules of every place that the person may be in. */
  readonly rulesOf: (messageClass: MessageClass) => AppliedRules;
  /** Epoch ms. */
  readonly now: number;
}

/** The field of the order that would have to be changed. */
type About = 'phone' | 'consents';

export interface Unsendable {
  readonly about: About;
  /** A sentence with the number of steps. It names no person, number or address. */
  readonly words: string;
}

interface Reason {
  readonly about: About;
  readonly why: string;
  readonly rule?: string;
}

const NAMES: Readonly<Record<MessageClass, string>> = {
  transactional: 'order news',
  service_feedback: 'feedback requests',
  promotional: 'promotions',
  compliance: 'answers',
};

/**
 * One entry for each reason. It asks the questions of the gate (`maySend`) in the same order, as far as the facts of
 * a new order can answer them. A STOP, hours, caps and outside lists are left out, because they are asked about when
 * a message is due.
 */
export function unsendableSteps(facts: NewOrderFacts): readonly Unsendable[] {
  const sending = facts.steps.flatMap((step) => ('send' in step.act ? [{ step, kind: step.act.send }] : []));
  const ofNumber = numberReason(facts);
  const reasonOf = remembered((messageClass) => classReason(messageClass, facts));
  const senderReasonOf = remembered((messageClass) => senderReason(messageClass, facts));
  const counts = new Map<string, { readonly reason: Reason; readonly steps: number }>();
  for (const { step, kind } of sending) {
    const { class: own } = kindRule(kind);
    const onAgent = channelsOf(step).some((channel) => facts.brand.channels?.[channel] !== undefined);
    const reason = ofNumber ?? (onAgent ? undefined : senderReasonOf(own)) ?? reasonOf(own);
    if (!reason) continue;
    const key = `${reason.why} ${reason.rule ?? ''}`;
    counts.set(key, { reason, steps: (counts.get(key)?.steps ?? 0) + 1 });
  }
  return [...counts.values()].map(({ reason: { about, why, rule }, steps }) => ({
    about,
    words: `${why}: ${steps} of ${sending.length} steps will not be sent${rule === undefined ? '' : ` (${rule})`}`,
  }));
}

type ReasonOf = (messageClass: MessageClass) => Reason | undefined;

/** The answer of a class is the same for each of its steps. */
function remembered(ask: ReasonOf): ReasonOf {
  const answers = new Map<MessageClass, Reason | undefined>();
  return (messageClass) => {
    if (!answers.has(messageClass)) answers.set(messageClass, ask(messageClass));
    return answers.get(messageClass);
  };
}

function numberReason({ brand, phone, deliveredTo, neverTexted }: NewOrderFacts): Reason | undefined {
  if (!phone) return { about: 'phone', why: 'no number to text' };
  if (rangeOf(phone.e164, neverTexted) !== undefined)
    return { about: 'phone', why: 'a number of a range that is never texted' };
  const { country } = phone;
  if (country !== undefined && servedBy(brand, [deliveredTo ?? null]).includes(country)) return undefined;
  return { about: 'phone', why: `the brand texts no numbers of ${country ?? 'an unknown country'}` };
}

function senderReason(messageClass: MessageClass, { brand, phone, rulesOf }: NewOrderFacts): Reason | undefined {
  const country = phone?.country;
  const { sender: name, senderKind = senderKindOf(name) } =
    (country === undefined ? undefined : brand.senders?.[country]) ?? brand;
  const rule = senderProblem({ name, kind: senderKind }, rulesOf(messageClass), country);
  if (rule === undefined) return undefined;
  return { about: 'phone', why: `the brand has no sender for ${NAMES[messageClass]} to numbers of ${country}`, rule };
}

function classReason(messageClass: MessageClass, { consents, rulesOf, now }: NewOrderFacts): Reason | undefined {
  if (messageClass === 'compliance') return undefined;
  const answer = consentFor(messageClass, consents, {}, rulesOf(messageClass), now);
  if (answer.kind === 'enough') return undefined;
  const why = LACKING[answer.reason]?.(NAMES[messageClass]);
  return why === undefined ? undefined : { about: 'consents', why, rule: answer.rule };
}

/** A refusal is reported as no consent: a key that may only write orders must not learn more about a person. */
const LACKING: Readonly<Partial<Record<SkipReason, (messages: string) => string>>> = {
  no_consent: (messages) => `no consent for ${messages}`,
  not_confirmed: (messages) => `the consent for ${messages} is not confirmed over the number yet`,
  consent_expired: (messages) => `the consent for ${messages} has expired`,
};
