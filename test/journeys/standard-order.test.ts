import { describe, expect, it } from 'vitest';
import { DAY } from '../../domain/time/duration.ts';
import type { Fact } from '../../domain/orders/events.ts';
import type { OrderTraits } from '../../domain/journey/journey.ts';
import { journeyFor } from '../../domain/journey/journey.ts';
import type { MessageKind } from '../../domain/sending/message.ts';
import { loadStandardJourney } from '../../journeys/load.ts';
import { PLACED_AT } from '../helpers/arbitraries.ts';
import type { Simulated } from '../helpers/simulate.ts';
import { simulate } from '../helpers/simulate.ts';

const standard = loadStandardJourney();
const TRAITS: OrderTraits = {
  fulfilment: 'shipped',
  cycle: 'fast',
  history: 'new',
  guide: true,
  consumable: true,
  complement: true,
  parcelByParcel: false,
};
const journey = journeyFor(standard, TRAITS);

/** A parcel delivered after three days, and then what the customer and the agent do. */
function delivered(...events: readonly Fact[]): Simulated {
  const at = PLACED_AT + 3 * DAY;
  const placement = { contact: 'c', journey: { name: 'standard', version: 1, steps: [] }, runsOutAfterDays: 30 };
  const facts: Fact[] = [
    { id: 'o', at: PLACED_AT, type: 'order_placed', placement },
    { id: 's', at: PLACED_AT + DAY, type: 'parcel_shipped', parcel: 'p' },
    { id: 'd', at, type: 'parcel_delivered', parcel: 'p' },
    ...events,
  ];
  return simulate({ journey, arrivals: facts.map((fact) => ({ at: fact.at, fact })), person: { zones: ['UTC'] } });
}

const RATED_AT = PLACED_AT + 10 * DAY;
const rating = (score: number): Fact => ({ id: 'r', at: RATED_AT, type: 'rated', score });
const sentAt = ({ sent }: Simulated, kind: MessageKind | 'case'): number[] =>
  sent.filter((line) => line.kind === kind).map(({ at }) => at);

describe('everyone who rates', () => {
  it.each([1, 2, 3, 4, 5])('with %i gets one invitation to the public review', (score) => {
    expect(sentAt(delivered(rating(score)), 'review_invitation')).toHaveLength(1);
  });

  it('may review under the same conditions: no invitation asks for a score', () => {
    const invitations = standard.steps.filter(({ act }) => 'send' in act && act.send === 'review_invitation');
    const reached = invitations.map(({ when, unless = [], for: condition }) => ({ when, unless, condition }));
    // Both halves of the scale, nothing that could keep one of them back.
    expect(reached).toEqual([
      { when: 'rated_high', unless: [], condition: undefined },
      { when: 'rated_low', unless: [], condition: undefined },
    ]);
  });

  it.each([4, 5])('with %i gets it at once, even at night', (score) => {
    expect(sentAt(delivered(rating(score)), 'review_invitation')).toEqual([RATED_AT]);
    expect(sentAt(delivered(rating(score)), 'support_offer')).toEqual([]);
  });

  it.each([1, 2, 3])('with %i gets the agent first, and it after seven days', (score) => {
    const played = delivered(rating(score));
    expect(sentAt(played, 'support_offer')).toEqual([RATED_AT]);
    expect(sentAt(played, 'case')).toEqual([RATED_AT]);
    const [invited = 0] = sentAt(played, 'review_invitation');
    expect(invited - RATED_AT).toBeGreaterThanOrEqual(7 * DAY);
    expect(invited - RATED_AT).toBeLessThan(8 * DAY);
  });

  it('low gets it when the agent has closed the case, if that is earlier', () => {
    // The simulator numbers its own cases.
    const closedAt = RATED_AT + 2 * DAY;
    const [invited = 0] = sentAt(
      delivered(rating(2), { id: 'c', at: closedAt, type: 'case_closed', case: 'own-1' }),
      'review_invitation',
    );
    expect(invited).toBeGreaterThanOrEqual(closedAt);
    expect(invited).toBeLessThan(closedAt + DAY);
  });

  it('low gets the agent first even when an earlier case was closed already', () => {
    const earlier: Fact[] = [
      { id: 'a', at: RATED_AT - 2 * DAY, type: 'case_opened', case: '1' },
      { id: 'b', at: RATED_AT - DAY, type: 'case_closed', case: '1' },
    ];
    const [invited = 0] = sentAt(delivered(...earlier, rating(2)), 'review_invitation');
    expect(invited).toBeGreaterThanOrEqual(RATED_AT + 7 * DAY);
  });
});

describe('a customer', () => {
  it('an unhappy customer is offered no bundle and no refill', () => {
    const closed: Fact = { id: 'c', at: RATED_AT + DAY, type: 'case_closed', case: 'own-1' };
    const { skipped } = delivered(rating(2), closed);
    const reasons = Object.fromEntries(skipped.map(({ key, reason }) => [key, reason]));
    expect(reasons).toMatchObject({ bundle_offer: 'low_rating', replenishment: 'low_rating' });
  });

  it('with an open case gets no tips, no questions and no promotions until they are of no use', () => {
    const { sent, skipped } = delivered({ id: 'c', at: PLACED_AT + 3 * DAY, type: 'case_opened', case: '9' });
    const late = skipped.filter(({ reason, item }) => reason === 'too_late' && item.heldBy?.includes('9'));
    const stopped = late.map(({ key }) => key);
    expect(stopped).toEqual([
      'care_tips',
      'rating_request',
      'loyalty_invitation',
      'replenishment',
      'nps_request',
      'bundle_offer',
      'reactivation',
    ]);
    expect(sent.map(({ key }) => key)).toEqual(['order_confirmation', 'shipped#p', 'delivered', 'setup_guide']);
  });

  it('a customer whose parcel is in time hears nothing of a delay', () => {
    const { sent, skipped } = delivered({
      id: 'p',
      at: PLACED_AT,
      type: 'delivery_promised',
      promisedAt: PLACED_AT + 5 * DAY,
    });
    expect([...sent, ...skipped].filter(({ key }) => key.startsWith('delivery_'))).toEqual([]);
  });

  it('a customer whose parcel is late hears of it once, in the daytime', () => {
    const { sent } = delivered({ id: 'p', at: PLACED_AT, type: 'delivery_promised', promisedAt: PLACED_AT + DAY });
    expect(sent.filter(({ kind }) => kind === 'delivery_delayed')).toHaveLength(1);
  });
});
