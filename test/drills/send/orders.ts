/** The orders of the send drill: one message each, due at once. */
import { HOUR } from '../../../domain/time/duration.ts';
import type { JourneyDefinition } from '../../../domain/journey/journey.ts';
import type { PlannedSend } from './plan.ts';

/** The class is chosen by how the order is fulfilled. */
export const DRILL_JOURNEY: JourneyDefinition = {
  name: 'drill',
  version: 1,
  steps: [
    { id: 'confirmation', act: { send: 'order_confirmation' }, when: 'placed', for: { fulfilment: ['shipped'] } },
    { id: 'invitation', act: { send: 'loyalty_invitation' }, when: 'placed', for: { fulfilment: ['digital'] } },
  ],
};

/** As the API takes it. `now`: epoch ms. */
export function drillOrderBody({ order, phone, class: messageClass }: PlannedSend, now: number): object {
  const at = new Date(now).toISOString();
  const consent = { class: 'promotional', action: 'granted', wording: 'Yes, offers too.', source: 'checkout', at };
  return {
    id: order,
    name: `#${order}`,
    placedAt: at,
    currency: 'EUR',
    total: '19.90',
    fulfilment: messageClass === 'promotional' ? 'digital' : 'shipped',
    customer: { id: order, phone, consents: [consent] },
    shippingAddress: { country: 'NO' },
    items: [],
  };
}

/** A time zone where it is between 12 and 13 o'clock: promotions may go out there, whenever the drill runs. */
export function zoneAtNoon(now: number): string {
  const ahead = 12 - Math.floor((now / HOUR) % 24);
  if (ahead === 0) return 'Etc/GMT';
  // POSIX counts the other way round.
  return ahead > 0 ? `Etc/GMT-${ahead}` : `Etc/GMT+${-ahead}`;
}
