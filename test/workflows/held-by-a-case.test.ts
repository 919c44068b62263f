import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../domain/time/duration.ts';
import { historiesOf } from '../../dev/histories.ts';
import { orderWorkflowId } from '../../workflows/contract.ts';
import { virtualShop } from '../helpers/virtual-shop.ts';

const shop = virtualShop();
const TUESDAY = 2;
const box = { parcel: { id: 'box', carrier: 'Poste', trackingUrl: 'https://poste.example/t/7Q2' } };
const coffee = { items: [{ sku: 'COFFEE-250', title: 'Caffè', quantity: 1, price: '9.50' }] };

interface Delivered {
  readonly id: string;
  readonly phone: string;
}

/** Day 0 is the day of the delivery. */
async function delivered(overrides: Parameters<typeof shop.order>[0] = coffee): Promise<Delivered> {
  await shop.until(10, 0, TUESDAY);
  const order = await shop.order(overrides);
  await shop.pass(HOUR);
  await shop.event(order.id, 'parcel_delivered', box);
  return order;
}

async function call(path: string, body?: object): Promise<unknown> {
  const response = await fetch(shop.apiUrl + path, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${shop.key}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer: unknown = await response.json();
  expect(response.ok, JSON.stringify(answer)).toBe(true);
  await shop.time.settled();
  return answer;
}

const explain = async (order: string, message: string): Promise<unknown> => {
  const { explained } = (await call(`/v1/orders/${order}/explain?message=${message}`)) as { explained: unknown[] };
  return explained[0];
};
const openCases = async (order: string): Promise<string[]> =>
  (await shop.db('cases').where({ order_id: order }).whereNull('closed_at').orderBy('id').pluck('id')).map(String);
const close = async (order: string): Promise<void> => {
  for (const id of await openCases(order)) await shop.shop.closeCase(id);
  await shop.time.settled();
};
const told = async (order: string): Promise<string[]> =>
  (await shop.story(order)).filter((line) => /^(?:sent|skipped) /.test(line));
const sentSince = (phone: string, since: number): number[] =>
  shop.vonage
    .messages()
    .filter(({ to, acceptedAt }) => to === phone && acceptedAt > since)
    .map(({ acceptedAt }) => acceptedAt);

describe('"thanks" on the sixth day', () => {
  it('costs an order none of its messages, and its run hears nothing of it', async () => {
    const [quiet, grateful] = [await delivered(), await delivered()];
    await shop.pass(6 * DAY);
    for (const text of ['Grazie mille!', '👍', 'ok']) await shop.says(grateful.phone, text);
    await shop.pass(120 * DAY);
    expect(await told(grateful.id)).toEqual(await told(quiet.id));
    expect(await told(grateful.id)).toEqual(expect.arrayContaining(['sent loyalty_invitation', 'sent reactivation']));
    expect(await openCases(grateful.id)).toEqual([]);
    const signals = async (order: string): Promise<number> =>
      (await historiesOf(shop.environment.client, orderWorkflowId(shop.brand.id, order)))
        .flatMap(({ events }) => events ?? [])
        .filter((event) => event.workflowExecutionSignaledEventAttributes).length;
    expect(await signals(grateful.id)).toBe(await signals(quiet.id));
  });
});

describe('a rating of 1 to 3', () => {
  it('ends what celebrates and sells for its order, also when the case is closed, and leaves what asks and what everybody gets', async () => {
    // One after the other, because each delivery waits for a Tuesday.
    const rated = async (score: string): Promise<Delivered> => {
      const order = await delivered();
      await shop.pass(6 * DAY + 2 * HOUR);
      expect(await told(order.id)).toContain('sent rating_request');
      await shop.says(order.phone, score);
      // The run opens the case of a low rating.
      await shop.pass(HOUR);
      await close(order.id);
      return order;
    };
    const [sour, sweet] = [await rated('2'), await rated('4')];
    await shop.pass(100 * DAY);
    const [ofSour, ofSweet] = [await told(sour.id), await told(sweet.id)];
    for (const kind of ['loyalty_invitation', 'replenishment']) {
      expect(ofSour).toContain(`skipped ${kind} low_rating`);
      expect(ofSweet).toContain(`sent ${kind}`);
    }
    expect(ofSour).toEqual(expect.arrayContaining(['sent review_invitation', 'sent nps_request', 'sent reactivation']));
    // The next order is a fresh start.
    const next = await shop.order({ ...coffee, customer: { phone: sour.phone } });
    await shop.event(next.id, 'parcel_delivered', box);
    await shop.pass(20 * DAY);
    expect(await told(next.id)).toContain('sent loyalty_invitation');
  });
});

describe('a case that is open from the fourth day to the twentieth', () => {
  it('ends what is of no use any more, lets go what is, a day later and one a day, and all of it says why', async () => {
    const { id, phone } = await delivered({ items: [{ sku: 'MOKA-3', title: 'Moka', quantity: 1, price: '39.90' }] });
    await shop.pass(4 * DAY);
    await shop.says(phone, 'Il tappo perde, che faccio?');
    const [number = ''] = await openCases(id);
    await shop.pass(5 * DAY);
    const { plan } = await shop.shop.view(id);
    expect(plan.find(({ key }) => key === 'loyalty_invitation')).toMatchObject({ heldBy: [number] });
    expect(await explain(id, 'loyalty_invitation')).toMatchObject({
      status: 'waiting',
      words: expect.stringContaining(`Held while case ${number} is open.`),
    });
    await shop.pass(11 * DAY);
    const closedAt = await shop.time.now();
    await close(id);
    expect(await told(id)).toEqual(expect.arrayContaining(['sent check_in', 'skipped loyalty_invitation too_late']));
    expect(await explain(id, 'loyalty_invitation')).toMatchObject({
      status: 'not_sent',
      words: expect.stringContaining(`an open case held it, case ${number}`),
    });
    // Due on day 14 and of use until day 21: half of the day that is left.
    await shop.pass(11 * HOUR);
    expect(sentSince(phone, closedAt)).toEqual([]);
    await shop.pass(13 * HOUR);
    expect(await told(id)).toContain('sent rating_request');
    await shop.pass(100 * DAY);
    expect(await told(id)).toEqual(
      expect.arrayContaining(['sent nps_request', 'sent bundle_offer', 'sent reactivation']),
    );
  });
});

describe('a case that is closed while several messages wait', () => {
  it('sends none of them that day and no two of them on one day', async () => {
    const { id, phone } = await delivered();
    await shop.pass(2 * DAY);
    await shop.says(phone, 'Che macinatura serve?');
    await shop.pass(5 * DAY + 4 * HOUR);
    const closedAt = await shop.time.now();
    await close(id);
    await shop.pass(7 * DAY);
    const times = sentSince(phone, closedAt);
    // Care tips, a rating request and the invitation to the loyalty programme.
    expect(times).toHaveLength(3);
    expect((times[0] ?? 0) - closedAt).toBeGreaterThanOrEqual(12 * HOUR);
    for (const [index, at] of times.slice(1).entries()) expect(at - (times[index] ?? 0)).toBeGreaterThanOrEqual(DAY);
  });

  it('sends nothing while another case is open', async () => {
    const { id, phone } = await delivered();
    await shop.pass(2 * DAY);
    await shop.says(phone, 'Che macinatura serve?');
    await shop.says(phone, 'E quanta acqua?');
    const [first = ''] = await openCases(id);
    await shop.shop.closeCase(first);
    // Not at the hour at which the rating request is due: two timers 40 ms apart are more than the time-skipping server can always do.
    await shop.pass(4 * DAY + 4 * HOUR);
    expect(await told(id)).not.toContain('sent care_tips');
    await close(id);
    await shop.pass(2 * DAY);
    expect(await told(id)).toContain('sent care_tips');
  });

  it('sends nothing after a STOP', async () => {
    const { id, phone } = await delivered();
    await shop.pass(2 * DAY);
    await shop.says(phone, 'Che macinatura serve?');
    await shop.says(phone, 'STOP');
    await shop.pass(2 * DAY);
    const closedAt = await shop.time.now();
    await close(id);
    await shop.pass(120 * DAY);
    expect(sentSince(phone, closedAt)).toEqual([]);
    expect(await told(id)).toEqual(
      expect.arrayContaining(['skipped care_tips opted_out', 'skipped rating_request opted_out']),
    );
  });

  it('sells nothing to a customer whose words an agent has taken for a refusal', async () => {
    const { id, phone } = await delivered();
    await shop.pass(2 * DAY);
    await shop.says(phone, 'Non mi interessa');
    expect(await shop.story(id)).toContain('case_opened unclear_opt_out');
    await shop.pass(HOUR);
    const { contact } = await shop.shop.view(id);
    for (const name of ['promotional', 'service_feedback'])
      await call(`/v1/contacts/${contact ?? ''}/consents`, {
        class: name,
        action: 'withdrawn',
        wording: 'Non mi interessa',
        source: 'agent',
        at: new Date(await shop.time.now()).toISOString(),
      });
    await close(id);
    await shop.pass(120 * DAY);
    const lines = await told(id);
    expect(lines).toContain('sent care_tips');
    for (const kind of ['rating_request', 'loyalty_invitation', 'replenishment', 'reactivation'])
      expect(lines).toContain(`skipped ${kind} no_consent`);
  });
});

describe('a case of one order', () => {
  it('holds what another order of the customer asks and sells, and lets it go', async () => {
    const customer = { id: 'two-orders', phone: '+39 320 777 9999' };
    await shop.until(10, 0, TUESDAY);
    const first = await shop.order({ customer });
    const second = await shop.order({ customer, ...coffee });
    await shop.pass(MINUTE);
    await shop.says(second.phone, 'Avete anche il decaffeinato?');
    await shop.event(second.id, 'parcel_delivered', box);
    await shop.pass(8 * DAY);
    for (const { id } of [first, second]) expect(await told(id)).not.toContain('sent loyalty_invitation');
    for (const { id } of [first, second]) await close(id);
    await shop.pass(4 * DAY);
    expect(await told(second.id)).toEqual(expect.arrayContaining(['sent rating_request', 'sent loyalty_invitation']));
  });
});
