/**
 * The central rule: whether a message may be sent now, later or never. The facts of the person are an argument, which
 * `db/sending/gate` reads. The rule is asked when a message is due, and again when it is submitted.
 */
import type { ContactPlace } from '../../place/contact-place.ts';
import { placeOf } from '../../place/contact-place.ts';
import type { AppliedRules } from '../../rules/applied-rules.ts';
import { applyRules } from '../../rules/applied-rules.ts';
import { rangeOf } from '../../rules/rule-data.ts';
import type { RuleData } from '../../rules/rule-data.ts';
import { wallClock } from '../../time/local-time.ts';
import { isCapped } from './caps.ts';
import type { Decision, DecisionBasis } from './decision.ts';
import { consentOf, lastUsefulMoment, maySend } from './decision.ts';
import type { Gate, SendFacts } from './gate.ts';
import type { DecidedBy, Intent } from '../intent.ts';
import type { MessageClass } from '../message.ts';
import { kindRule } from '../message.ts';
import type { SendWindow } from './hours.ts';
import { windowOf } from './hours.ts';
import { senderKindOf } from './sender.ts';

export interface Decided {
  readonly decision: Decision;
  readonly where: DecisionBasis;
  /** Epoch ms. After it the message is useless, so the provider need not try any longer. */
  readonly usefulUntil: number;
  /** The longest text of a promotion or feedback request that may be sent. */
  readonly window?: SendWindow;
}

/** The domain's answer for a message and the gate that was read: asked when it is due, and again when it is submitted. */
export function decide(message: Pick<Intent, DecidedBy>, gate: Gate, data: RuleData, now: number): Decided {
  const messageClass = classOf(message, gate);
  const place = placeOf(gate, data);
  const rules = applyRules(data.packs, place.jurisdictions, messageClass, now);
  const facts = factsOf(message, gate, place, rules, data, now);
  const decision = maySend(facts);
  const window = decision.kind === 'send' && isCapped(messageClass) ? windowOf(facts) : undefined;
  const usefulUntil = lastUsefulMoment(facts);
  return { decision, where: whereOf(place, rules, facts), usefulUntil, ...(window && { window }) };
}

/** Content that is partly an advertisement counts as one. The channel's operator judges that as well. */
function classOf({ kind }: Pick<Intent, DecidedBy>, { countsAsPromotion }: Gate): MessageClass {
  const { class: own } = kindRule(kind);
  return countsAsPromotion && own !== 'compliance' ? 'promotional' : own;
}

function factsOf(
  message: Pick<Intent, DecidedBy>,
  gate: Gate,
  place: ContactPlace,
  rules: AppliedRules,
  { packs, guardBand, neverTexted }: RuleData,
  now: number,
): SendFacts {
  const { address, sender } = gate;
  const range = address && rangeOf(address.e164, neverTexted);
  return {
    ...message,
    class: classOf(message, gate),
    now,
    ...(address && {
      address: {
        suppressed: address.suppressed,
        ...(address.country !== undefined && { country: address.country }),
        ...(range !== undefined && { range }),
      },
    }),
    ...(sender !== undefined && {
      sender: gate.senderKind === 'agent' ? 'agent' : { name: sender, kind: gate.senderKind ?? senderKindOf(sender) },
    }),
    deliveredElsewhere: gate.deliveredElsewhere,
    ...(gate.blocked && { blocked: gate.blocked }),
    ...(gate.freeTextUntil !== undefined && { freeTextUntil: gate.freeTextUntil }),
    ...(gate.ended && { ended: gate.ended }),
    openCase: gate.openCase,
    ...(gate.caseClosedAt !== undefined && { caseClosedAt: gate.caseClosedAt }),
    held: gate.held,
    ...(gate.erasureDueAt !== undefined && { erasureDueAt: gate.erasureDueAt }),
    consents: gate.consents,
    lists: gate.lists,
    preferences: gate.preferences,
    customer: gate.customer,
    zones: place.zones,
    allZones: place.all,
    rules,
    calendars: packs.calendars,
    ...(guardBand && { guardBand }),
    spreadKey: gate.contact,
    ...(gate.lastMessageAt !== undefined && { lastMessageAt: gate.lastMessageAt }),
    caps: gate.caps,
    sent: gate.sent,
    waitingMessages: gate.waitingMessages,
    served: gate.served,
    limits: gate.limits,
    texted: gate.texted,
    ...(gate.spend && { spend: gate.spend }),
    countryHeld: gate.countryHeld,
    ...(gate.delay && { delay: gate.delay }),
  };
}

function whereOf(place: ContactPlace, rules: AppliedRules, facts: SendFacts): DecisionBasis {
  const consent = consentOf(facts);
  const [zone] = place.zones;
  return {
    zones: isCapped(facts.class) ? place.all : place.zones,
    zoneSource: place.source,
    jurisdictions: rules.jurisdictions,
    packs: rules.packs,
    rules: rules.rows.map(({ id }) => id),
    ...(zone !== undefined && { localTime: wallClock(facts.now, zone) }),
    ...(consent.kind === 'enough' && consent.ref !== undefined && { consent: consent.ref }),
  };
}
