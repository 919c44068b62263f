/** A person at a place, as the gate sees them, judged by the rules that are shipped. A test says only what differs. */
import type { Gate } from '../../domain/sending/gate/gate.ts';
import type { DecidedBy, Intent } from '../../domain/sending/intent.ts';
import type { Decided } from '../../domain/sending/gate/decide.ts';
import { decide } from '../../domain/sending/gate/decide.ts';
import { CAP, CAP_PERIOD, MARKETING } from '../../domain/sending/gate/caps.ts';
import type { ClassConsent } from '../../domain/consent/consent.ts';
import { DAY } from '../../domain/time/duration.ts';
import type { MessageKind } from '../../domain/sending/message.ts';
import { NUMBER_LIMITS } from '../../domain/sending/gate/number-limits.ts';
import { parsePhone } from '../../domain/contacts/phone.ts';
import { NO_PREFERENCES } from '../../domain/consent/choices.ts';
import { rules } from './rules.ts';

/** The edges of windows are tested without the band that is kept free at them. */
const NO_BAND = { opening: 0, closing: 0 };

/** A written consent that was confirmed a day before. */
export function written(at: number): ClassConsent {
  return { state: 'granted', ref: '1', basis: 'express_written', at, confirmed: true, renewedAt: at };
}

export type TestPerson = Partial<Omit<Gate, 'address'>> & { readonly phone: string };

/** Every fact but the place allows the message. */
function gateOf({ phone, ...differs }: TestPerson, at: number): Gate {
  const parsed = parsePhone(phone);
  if (parsed.kind !== 'ok') throw new Error(parsed.why);
  const { e164, country } = parsed;
  return {
    contact: 'contact-1',
    version: 0,
    address: { e164, suppressed: false, ...(country !== undefined && { country }) },
    sender: '+390000000001',
    deliveredElsewhere: false,
    textLocale: 'it',
    countsAsPromotion: false,
    openCase: false,
    held: false,
    consents: { day: { promotional: written(at - DAY), service_feedback: written(at - DAY) }, night: {} },
    lists: {},
    preferences: NO_PREFERENCES,
    customer: { member: false, reordered: false, asked_recently: false },
    caps: [{ rule: 'cap.week', max: CAP, per: CAP_PERIOD, topics: MARKETING }],
    sent: [],
    waitingMessages: [],
    served: country === undefined ? [] : [country],
    limits: NUMBER_LIMITS,
    texted: [],
    countryHeld: false,
    ...differs,
  };
}

/** The decision about a message to them at a moment, `2027-07-14T12:00+02:00`. Windows without the guard band. */
export function decided(
  person: TestPerson,
  kind: MessageKind,
  moment: string,
  asked: Partial<Pick<Intent, DecidedBy>> = {},
): Decided {
  const now = Date.parse(moment);
  const message: Pick<Intent, DecidedBy> = {
    kind,
    channel: 'sms',
    triggeredAt: now,
    usefulUntil: now + 14 * DAY,
    inReply: false,
    guards: [],
    ...asked,
  };
  return decide(message, gateOf(person, now), { ...rules, guardBand: NO_BAND }, now);
}
