/** Facts about a message that may be sent. A test says only what differs. */
import type { SendFacts } from '../../domain/decision.ts';
import { DAY } from '../../domain/duration.ts';
import { kindRule } from '../../domain/message.ts';
import type { WindowRules } from '../../domain/window-rules.ts';
import { windowHours, windowsFor } from '../../domain/window-rules.ts';

const DAILY = [1, 2, 3, 4, 5, 6, 7];

/** The default rows of rules/windows.yaml. */
const WINDOWS: WindowRules = {
  default: {
    daytime: [{ days: DAILY, from: '08:00', to: '21:00' }],
    promotional: [{ days: DAILY, from: '09:00', to: '20:00' }],
  },
  jurisdictions: {},
};

/** Monday 1 June 2026, noon in Rome. */
export const NOON = Date.UTC(2026, 5, 1, 10);

/** `address: undefined`: nothing can be texted. The windows are those of the kind. */
export type Differs = { readonly [Name in keyof SendFacts]?: SendFacts[Name] | undefined };

/** Everything speaks for sending: noon, consents given, nothing sent before. */
export function sendFacts(differs: Differs = {}): SendFacts {
  const { kind = 'order_updated', now = NOON } = differs;
  const hours = windowHours(kindRule(kind));
  const facts: Differs = {
    kind,
    now,
    triggeredAt: now,
    usefulUntil: now + 14 * DAY,
    inReply: false,
    address: { suppressed: false },
    hasSender: true,
    deliveredElsewhere: false,
    openCase: false,
    consent: { service_feedback: 'granted', promotional: 'granted' },
    guards: [],
    customer: { member: false, reordered: false, asked_recently: false },
    zones: ['Europe/Rome'],
    ...(hours && { windows: windowsFor(WINDOWS, { hours }) }),
    spreadKey: 'contact-1',
    cappedAt: [],
    ...differs,
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as unknown as SendFacts;
}
