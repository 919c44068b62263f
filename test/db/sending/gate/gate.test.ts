import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyConsequence } from '../../../../commands/sending/apply-consequence.ts';
import { readGate } from '../../../../db/sending/gate/gate.ts';
import { recordRefused } from '../../../../db/sending/ledger/attempts.ts';
import { HOUR } from '../../../../domain/time/duration.ts';
import type { MessageKind } from '../../../../domain/sending/message.ts';
import { storeOf } from '../../../helpers/keys.ts';
import type { Ledger, PlacedOrder } from '../../../helpers/ledger.ts';
import { NOON, brand, intended, openLedger, placedOrder, planned, submitted } from '../../../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

/** The gate for a message that is not in the ledger yet. */
function gateFor(order: PlacedOrder, kind: MessageKind, now = NOON + HOUR) {
  return readGate(ledger.db, intended(order, { kind, occurrence: 'next' }), now);
}

async function refused(order: PlacedOrder, kind: MessageKind): Promise<void> {
  const message = await planned(ledger.db, order, { kind, occurrence: 'refused' });
  await recordRefused(ledger.db, await submitted(ledger.db, message), '422', 'provider_refused', NOON);
}

describe('a message that the provider has refused', () => {
  it.each(['rating_request', 'nps_request', 'bundle_offer'] as const)(
    'keeps no distance to the next one, fills no cap and was no question: %s',
    async (kind) => {
      const order = await placedOrder(ledger.db);
      await refused(order, kind);
      const gate = await gateFor(order, kind);
      expect(gate).not.toHaveProperty('lastMessageAt');
      expect(gate.sent).toEqual([]);
      expect(gate.customer.asked_recently).toBe(false);
      await submitted(ledger.db, await planned(ledger.db, order, { kind, occurrence: 'taken' }));
      expect((await gateFor(order, kind)).lastMessageAt).toBe(NOON);
    },
  );

  it('does not count for the limits of the number', async () => {
    const order = await placedOrder(ledger.db);
    await refused(order, 'shipped');
    expect((await gateFor(order, 'delivered')).texted).toEqual([]);
    await submitted(ledger.db, await planned(ledger.db, order, { occurrence: 'taken' }));
    expect((await gateFor(order, 'delivered')).texted).toMatchObject([{ kind: 'shipped', at: NOON }]);
  });
});

describe('a case about the spending limit of the brand', () => {
  it('holds nothing of the customer, open or closed, and a case of theirs does', async () => {
    const order = await placedOrder(ledger.db);
    const open = (kind: string): Promise<unknown> =>
      ledger.db('cases').insert({
        brand_id: brand.id,
        contact_id: order.contact,
        kind,
        cause: `${kind}.${order.order}`,
        opened_at: new Date(NOON),
      });
    const close = (): Promise<unknown> =>
      ledger
        .db('cases')
        .where({ contact_id: order.contact })
        .update({ closed_at: new Date(NOON) });
    await open('spend_limit');
    expect(await gateFor(order, 'bundle_offer')).toMatchObject({ openCase: false });
    await close();
    expect(await gateFor(order, 'bundle_offer')).not.toHaveProperty('caseClosedAt');
    await open('question');
    expect(await gateFor(order, 'bundle_offer')).toMatchObject({ openCase: true });
    await close();
    expect(await gateFor(order, 'bundle_offer')).toMatchObject({ openCase: false, caseClosedAt: NOON });
  });

  it('is another one than that of a number that got too many texts, which holds promotions to it', async () => {
    const order = await placedOrder(ledger.db);
    await ledger.db('cases').insert({
      brand_id: brand.id,
      contact_id: order.contact,
      kind: 'number_limit',
      cause: `number_limit.${order.order}`,
      opened_at: new Date(NOON),
    });
    expect(await gateFor(order, 'bundle_offer')).toMatchObject({ openCase: true });
  });
});

describe('a template that is stopped in one language', () => {
  /** Blocks the Italian text of the kind by a message of another customer. */
  async function blocked(kind: MessageKind): Promise<void> {
    const message = await planned(ledger.db, await placedOrder(ledger.db), { kind });
    const error = {
      clientRef: await submitted(ledger.db, message),
      code: '1210',
      action: 'block_template',
      at: NOON,
    } as const;
    await ledger.db.transaction((trx) => applyConsequence(storeOf(trx), error, NOON));
  }
  const holds = async (order: PlacedOrder, kind: MessageKind) => (await gateFor(order, kind)).blocked !== undefined;

  it('holds a message whose text is not written yet by the language of its order, else of the person, else of the brand', async () => {
    await blocked('order_updated');
    const of = (locale: 'it' | 'en' | undefined) => placedOrder(ledger.db, { customer: { locale } });
    expect(await holds(await of('it'), 'order_updated')).toBe(true);
    expect(await holds(await of('en'), 'order_updated')).toBe(false);
    // A person of whom the order says no language, and the brand speaks Italian.
    expect(await holds(await of(undefined), 'order_updated')).toBe(brand.locale === 'it');
    const english = await of('en');
    await ledger.db('orders').where({ id: english.order }).update({ locale: null });
    expect(await holds(english, 'order_updated')).toBe(false);
    await ledger.db('orders').where({ id: english.order }).update({ locale: 'it' });
    expect(await holds(english, 'order_updated')).toBe(true);
    expect(await holds(await of('it'), 'delivered')).toBe(false);
  });
});
