/** The next question to a person about their consents, and when it is asked. */
import type { AppliedRules } from '../rules/applied-rules.ts';
import { rowsOfKind } from '../rules/applied-rules.ts';
import type { Consents, ConsentClass, ClassConsent } from './consent.ts';
import { consentEnd, consentFor } from './consent-rules.ts';
import { DAY } from '../time/duration.ts';
import type { ConsentQuestion } from '../sending/message.ts';

export type ConsentPrompt =
  /** `about`: the ledger entry the question is about, its occurrence in the ledger of messages. `usefulUntil`: epoch ms. */
  | { readonly kind: 'send'; readonly send: ConsentQuestion; readonly about: string; readonly usefulUntil?: number }
  /** There is no question before this moment, epoch ms. */
  | { readonly kind: 'sleep'; readonly until: number }
  /** There is no question until the person makes another statement. */
  | { readonly kind: 'done' };

export interface ConsentSituation {
  readonly consents: Consents;
  /** The rows of a class in every place that may apply. */
  readonly rulesOf: (messageClass: ConsentClass) => AppliedRules;
  /** When each question was last asked over the present number, epoch ms. */
  readonly lastAsked: Readonly<Partial<Record<ConsentQuestion, number>>>;
  /** Consents that were asked about, or whose question was refused by the gate. */
  readonly askedAbout: readonly string[];
  /** When the person last refused a message of any kind, epoch ms. */
  readonly refusedAt?: number;
  /** Epoch ms. */
  readonly now: number;
}

/** A person is asked to renew a consent this long before it ends: in Korea after 23 of 24 months. */
export const ASK_BEFORE = 30 * DAY;

/** Consents that can be asked about: news of an order needs none. */
const ASKED: readonly ConsentClass[] = ['promotional', 'service_feedback'];

type Given = Extract<ClassConsent, { state: 'granted' }>;

/**
 * Asks one question at a time, a confirmation first, because one answer counts for all consents. A person who does
 * not answer is asked again only after a refusal in between, even if more boxes are ticked. A person whom the
 * question never reached is asked when the next box is ticked. A consent that is not renewed ends without a message:
 * `consentFor` finds it expired.
 */
export function nextConsentPrompt(situation: ConsentSituation): ConsentPrompt {
  const steps = ASKED.flatMap((name) => [confirmation(situation, name), ...renewals(situation, name)]);
  const question = steps.find((step) => step.kind === 'send');
  if (question) return question;
  const sleeps = steps.flatMap((step) => (step.kind === 'sleep' ? [step.until] : []));
  return sleeps.length > 0 ? { kind: 'sleep', until: Math.min(...sleeps) } : { kind: 'done' };
}

const DONE: ConsentPrompt = { kind: 'done' };

function confirmation(situation: ConsentSituation, name: ConsentClass): ConsentPrompt {
  const { consents, rulesOf, lastAsked, askedAbout, refusedAt = -Infinity, now } = situation;
  const answer = consentFor(name, consents, {}, rulesOf(name), now);
  const consent = consents.day[name];
  if (answer.kind !== 'lacking' || answer.reason !== 'not_confirmed' || consent?.state !== 'granted') return DONE;
  if (askedAbout.includes(consent.ref) || (lastAsked.consent_request ?? -Infinity) > refusedAt) return DONE;
  return { kind: 'send', send: 'consent_request', about: consent.ref };
}

/** The renewals of the consents for the day and for the night, which may have been given at different times. */
function renewals(situation: ConsentSituation, name: ConsentClass): readonly ConsentPrompt[] {
  const { consents, rulesOf, now } = situation;
  const rules = rulesOf(name);
  // A class that needs no consent has none to renew.
  if (rowsOfKind(rules, 'consent').every(({ rule }) => rule.accepts === 'none')) return [];
  if (consentFor(name, consents, {}, rules, now).kind !== 'enough') return [];
  return [consents.day[name], consents.night[name]].flatMap((consent) =>
    consent?.state === 'granted' ? [renewal(situation, consent, rules)] : [],
  );
}

function renewal({ lastAsked, askedAbout, now }: ConsentSituation, consent: Given, rules: AppliedRules): ConsentPrompt {
  const end = consentEnd(consent, rules).at;
  const askAt = end - ASK_BEFORE;
  // A consent that was given for a shorter time than this notice is not renewed.
  if (!Number.isFinite(end) || now >= end || askAt <= consent.renewedAt) return DONE;
  if (now < askAt) return { kind: 'sleep', until: askAt };
  const about = `${consent.ref}:${consent.renewedAt}`;
  if (askedAbout.includes(about) || (lastAsked.consent_renewal ?? -Infinity) > now - ASK_BEFORE) return DONE;
  return { kind: 'send', send: 'consent_renewal', about, usefulUntil: end };
}
