/** Facts about a message that may be sent. A test says only what differs. */
import type { AppliedRow, AppliedRules } from '../../domain/rules/applied-rules.ts';
import { CAP, CAP_PERIOD, MARKETING, isCapped } from '../../domain/sending/gate/caps.ts';
import type { ConsentBasis, ConsentClass, ClassConsent } from '../../domain/consent/consent.ts';
import { DAY } from '../../domain/time/duration.ts';
import type { MessageKind } from '../../domain/sending/message.ts';
import { kindRule } from '../../domain/sending/message.ts';
import { NUMBER_LIMITS } from '../../domain/sending/gate/number-limits.ts';
import { NO_PREFERENCES } from '../../domain/consent/choices.ts';
import type { Rule } from '../../domain/rules/rule-pack.ts';
import type { SendFacts } from '../../domain/sending/gate/gate.ts';

const DAILY = [1, 2, 3, 4, 5, 6, 7];

/** Monday 1 June 2026, noon in Rome. */
export const ROME_NOON = Date.UTC(2026, 5, 1, 10);

/** `address: undefined`: nothing can be texted. The rules are those of the kind in `HOME`. */
export type Differs = { readonly [Name in keyof SendFacts]?: SendFacts[Name] | undefined };

/** Every fact allows the message: noon, consents given, nothing sent before. */
export function sendFacts(differs: Differs = {}): SendFacts {
  const { kind = 'order_updated', now = ROME_NOON, zones = ['Europe/Rome'] } = differs;
  const facts: Differs = {
    kind,
    class: kindRule(kind).class,
    channel: 'sms',
    now,
    triggeredAt: now,
    usefulUntil: now + 14 * DAY,
    inReply: false,
    address: { suppressed: false, country: 'IT' },
    sender: { name: '+390000000001', kind: 'long_number' },
    deliveredElsewhere: false,
    openCase: false,
    held: false,
    consents: { day: { service_feedback: granted(), promotional: granted() }, night: {} },
    lists: {},
    preferences: NO_PREFERENCES,
    guards: [],
    customer: { member: false, reordered: false, asked_recently: false },
    zones,
    allZones: zones,
    rules: homeRules(kind),
    calendars: {},
    spreadKey: 'contact-1',
    caps: [{ rule: 'cap.week', max: CAP, per: CAP_PERIOD, topics: MARKETING }],
    sent: [],
    waitingMessages: [],
    // A brand that texts wherever the number is from.
    served: [differs.address?.country ?? 'IT'],
    limits: NUMBER_LIMITS,
    texted: [],
    countryHeld: false,
    ...differs,
    ...(differs.address && { address: { country: 'IT', ...differs.address } }),
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as unknown as SendFacts;
}

/** A consent in words of a week ago. */
export function granted(basis: ConsentBasis = 'express', at = ROME_NOON - 7 * DAY): ClassConsent {
  return { state: 'granted', ref: '1', basis, at, confirmed: false, renewedAt: at };
}

export function withdrawn(at = ROME_NOON - DAY): ClassConsent {
  return { state: 'withdrawn', ref: '2', at };
}

/** Consents with this statement alone. */
export function only(day: Partial<Record<ConsentClass, ClassConsent>>): SendFacts['consents'] {
  return { day, night: {} };
}

/** Of a place that wants consent in words for what sells, from 9 to 20, and news from 8 to 21. */
function homeRules(kind: MessageKind): AppliedRules {
  const { class: messageClass } = kindRule(kind);
  if (messageClass === 'compliance') return applied();
  return isCapped(messageClass)
    ? applied(
        row('home.consent', { kind: 'consent', accepts: ['express', 'express_written'] }),
        row('home.hours', hours('09:00', '20:00')),
      )
    : applied(row('home.consent', { kind: 'consent', accepts: 'none' }), row('home.courtesy', hours('08:00', '21:00')));
}

export function hours(from: string, to: string, days: readonly number[] = DAILY): Extract<Rule, { kind: 'hours' }> {
  return { kind: 'hours', windows: [{ days, from, to }] };
}

export function row<R extends Rule>(id: string, rule: R, jurisdiction = 'IT'): AppliedRow<R> {
  return { id, jurisdiction, rule };
}

export function applied(...rows: readonly AppliedRow[]): AppliedRules {
  return { jurisdictions: ['IT'], packs: ['IT@000000000000'], rows };
}
