/** An erasure removes the data of one person, and none of it comes back: by chance, by another person's order, or late. */
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startErasureClock } from '../../app/background/erasure-clock.ts';
import { saveBrand } from '../../commands/orders/save-brand.ts';
import { LOCK, personKey } from '../../db/addresses/contact-lock.ts';
import { claimAskedTexts } from '../../db/contacts/asked-texts.ts';
import { cancelPlannedErasure } from '../../commands/privacy/plan-erasure.ts';
import { claimKey, keepAnswer } from '../../db/access/idempotency.ts';
import { storeInbound } from '../../db/conversation/conversations.ts';
import { storeUnreadWebhook } from '../../db/conversation/unread-webhooks.ts';
import { recordAccepted } from '../../db/sending/ledger/attempts.ts';
import { recordStatus } from '../../db/sending/ledger/statuses.ts';
import { closeOrders } from '../../commands/privacy/erase-person.ts';
import { removeData, runsOf } from '../../db/privacy/erase-person.ts';
import { finishErasure } from '../../db/privacy/erasure-steps.ts';
import { requestErasure } from '../../commands/privacy/request-erasure.ts';
import { beginHeldErasures } from '../../commands/privacy/begin-held-erasures.ts';
import { countFailingErasures } from '../../queries/privacy/erasures.ts';
import { ERASURE_UNDER_WAY, carryOutPlannedErasures } from '../../commands/privacy/begin-planned-erasures.ts';
import {
  dueRedactions,
  erasuresWithLateRedactions,
  listRedactions,
  recordRedaction,
} from '../../db/privacy/redactions.ts';
import { carryOutShopErasures, holdShopErasure } from '../../commands/privacy/hold-shop-erasure.ts';
import { DAY, HOUR, MINUTE } from '../../domain/time/duration.ts';
import { storeOf, tokenOf } from '../helpers/keys.ts';
import type { Ledger, PlacedOrder } from '../helpers/ledger.ts';
import { NOON, brand, openLedger, placedOrder, planned, submitted, untilWaiting } from '../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

/** Does the steps of the erasure's workflow in the database, up to the moment at which the provider is asked. */
async function erase(order: PlacedOrder, now = NOON): Promise<string> {
  const { db } = ledger;
  const id = await requestErasure(storeOf(db), { ...order, actor: 'test', source: 'api' }, now);
  if (id === undefined) throw new Error('no such contact');
  await closeOrders(db, order, now);
  await db.transaction(async (trx) => {
    await listRedactions(trx, id, now);
    await removeData(trx, order, Infinity, now);
  });
  return id;
}

const asked = async (erasure: string, now = NOON): Promise<readonly string[]> =>
  (await dueRedactions(ledger.db, erasure, 100, now)).map(({ providerId }) => providerId).toSorted();

describe('digits of an erased person', () => {
  const unread = (): Promise<string[]> => ledger.db('unread_webhooks').orderBy('id').pluck<string[]>('why');
  const keep = (why: string, body: object): Promise<void> =>
    storeUnreadWebhook(ledger.db, { kind: 'inbound', why, body: Buffer.from(JSON.stringify(body)) }, NOON);

  it('in the webhook of another person never delete it: not in its text, its ids, its times or a longer number', async () => {
    const order = await placedOrder(ledger.db);
    const digits = order.phone.slice(1);
    await keep('own_from', { from: digits, to: '393399957001', text: 'x' });
    await keep('own_to', { to: { type: 'sms', number: `+${digits}` }, from: '393399957001' });
    await keep('own_in_a_list', [{ from: digits }] as object);
    await keep('text', { from: '447700900123', text: `call my sister at +${digits}` });
    await keep('id', { from: '447700900124', message_uuid: `a${digits}b`, timestamp: `${digits}0` });
    await keep('longer', { from: `${digits}0`, to: `9${digits}` });
    await erase(order);
    expect(await unread()).toEqual(['text', 'id', 'longer']);
  });

  it('in the key or the answer of another request never delete it', async () => {
    const { db } = ledger;
    const order = await placedOrder(db);
    const digits = order.phone.slice(1);
    const answers: readonly (readonly [string, object])[] = [
      [`sign-up/${digits}`, { status: 'accepted' }],
      ['of-their-own', { id: 'a', contact: order.contact }],
      ['of-their-number', { stops: [{ address: order.phone, source: `by phone from ${order.phone}0` }] }],
      ['of-another-number', { address: `${order.phone}0`, note: `not ${order.phone}` }],
      [`order-${digits}0`, { id: 'b' }],
      ['another-order', { id: digits, contact: '58482b4d-9f81-4eee-9a0f-8b66ee3dad40' }],
    ];
    for (const [key, body] of answers) {
      await claimKey(db, brand.id, key, Buffer.from(key), NOON);
      await keepAnswer(db, brand.id, key, 202, body);
    }
    await erase(order);
    expect(await db('idempotency_keys').orderBy('key').pluck('key')).toEqual([
      'another-order',
      'of-another-number',
      `order-${digits}0`,
    ]);
  });
});

describe('a command that an erased person has given on the page', () => {
  it('is never told to the engine afterwards, and its run is ended with the others', async () => {
    const { db } = ledger;
    const [order, other] = [await placedOrder(db), await placedOrder(db)];
    const ask = async ({ contact }: PlacedOrder): Promise<string> => {
      const { id: address_id } = await db('addresses').where({ contact_id: contact }).first('id');
      const text = { brand_id: brand.id, contact_id: contact, address_id, kind: 'erasure_planned', link_epoch: 0 };
      const [row] = await db('asked_texts')
        .insert({ ...text, created_at: new Date(NOON) })
        .returning<{ id: string }[]>('id');
      return row?.id ?? '';
    };
    const [text, ofOther] = [await ask(order), await ask(other)];
    await closeOrders(db, order, NOON);
    expect((await runsOf(db, order, NOON)).replies).toEqual([text]);
    expect((await claimAskedTexts(db, 10)).rows.map(({ item }) => item.inbound)).toEqual([ofOther]);
  });
});

describe('erasures whose time is over', () => {
  /** Refuses to write an erasure of those contacts, or of any other of that brand. */
  async function refusing(condition: string, act: () => Promise<void>): Promise<void> {
    await ledger.owner.raw(`
      create function refuse_erasure() returns trigger language plpgsql as $$ begin raise 'refused'; end $$;
      create trigger refuse before insert on erasures for each row when (${condition}) execute function refuse_erasure()`);
    try {
      await act();
    } finally {
      await ledger.owner.raw('drop trigger refuse on erasures; drop function refuse_erasure');
    }
  }
  const failed: string[] = [];
  const look = (later = 0) =>
    carryOutPlannedErasures(storeOf(ledger.db), NOON + DAY + later, (contact) => failed.push(contact));
  async function plan(contact: string, due: number): Promise<void> {
    const due_at = new Date(due);
    await ledger
      .db('planned_erasures')
      .insert({ brand_id: brand.id, contact_id: contact, requested_at: due_at, due_at });
  }

  it('never begin while the provider may still repeat a NO that no process was there to hear', async () => {
    const person = await placedOrder(ledger.db);
    const clock = { at: NOON + 10 * DAY, looks: 0 };
    const now = (): number => {
      clock.looks += 1;
      return clock.at;
    };
    await plan(person.contact, NOON);
    const { db } = ledger;
    const silent = pino({ level: 'silent' });
    const running = startErasureClock({ db, tokenOf, clock: { now }, log: silent, wakeDrainer: () => {} });
    const isBegun = async (): Promise<boolean> =>
      (await db('erasures').where({ contact_id: person.contact })).length > 0;
    try {
      // Two looks a second: the person's has ended twice at least.
      await expect.poll(() => clock.looks).toBeGreaterThan(6);
      expect(await isBegun()).toBe(false);
      clock.at += ERASURE_UNDER_WAY;
      await expect.poll(isBegun).toBe(true);
    } finally {
      await running.stop();
    }
  });

  it('never wait for one of them that fails', async () => {
    const [broken, fine] = [await placedOrder(ledger.db), await placedOrder(ledger.db)];
    for (const [at, { contact }] of [broken, fine].entries()) await plan(contact, NOON + at);
    await refusing(`new.contact_id = '${broken.contact}'`, async () => {
      expect([await look(), failed.splice(0)]).toEqual([1, [broken.contact]]);
    });
    expect(await look(HOUR)).toBe(1);
  });

  it('are not blamed for a database that is away: the look ends, none of them counts a try, and all begin later', async () => {
    const { db } = ledger;
    const people = [await placedOrder(db), await placedOrder(db)];
    for (const { contact } of people) await plan(contact, NOON);
    const begun: string[] = [];
    const away = Object.assign(new Error('terminating connection'), { code: '57P01' });
    const held = {
      table: 'planned_erasures',
      dueBy: NOON,
      begin: async (_trx: unknown, { id }: { id: string }) => {
        begun.push(id);
        throw away;
      },
      onFailure: () => failed.push('told'),
    } as const;
    await expect(beginHeldErasures<{ id: string; brand_id: string; tries: number }>(db, held, NOON)).rejects.toBe(away);
    expect([begun.length, failed]).toEqual([1, []]);
    const ids = people.map(({ contact }) => contact);
    expect(await db('planned_erasures').whereIn('contact_id', ids).distinct('tries')).toEqual([{ tries: 0 }]);
    expect(await look()).toBe(2);
  });

  it('never wait for a hundred that fail each time, which are told of once', async () => {
    const { rows } = await ledger.db.raw<{ rows: { id: string }[] }>(
      'insert into contacts (brand_id, created_at) select ?, ? from generate_series(1, 100) returning id',
      [brand.id, new Date(NOON)],
    );
    for (const { id } of rows) await plan(id, NOON);
    const fine = await placedOrder(ledger.db);
    await plan(fine.contact, NOON + 1);
    await refusing(`new.contact_id <> '${fine.contact}'`, async () => {
      expect(await look()).toBe(0);
      expect(await look()).toBe(1);
      const told = failed.splice(0);
      expect(told.toSorted()).toEqual(rows.map(({ id }) => id).toSorted());
      // Each is tried again, later each time, and says nothing new.
      expect(await look(HOUR)).toBe(0);
      const tries = await ledger.db('planned_erasures').whereIn('contact_id', told).distinct('tries');
      expect([failed, tries]).toEqual([[], [{ tries: 2 }]]);
      expect(await countFailingErasures(ledger.db)).toBe(100);
    });
    expect(await look(2 * HOUR)).toBe(100);
    expect(await countFailingErasures(ledger.db)).toBe(0);
  });

  it('never begin while their person is taking them back', async () => {
    const { contact, phone } = await placedOrder(ledger.db);
    await plan(contact, NOON);
    const trx = await ledger.db.transaction();
    await trx.raw(`select ${LOCK} from (values (cast(? as text))) as people (person)`, [personKey(brand.id, phone)]);
    const looking = look();
    await untilWaiting(ledger.db, 1);
    expect(await cancelPlannedErasure(trx, { brand: brand.id, contact }, 'text', NOON)).toBe(true);
    await trx.commit();
    expect([await looking, failed.splice(0)]).toEqual([0, []]);
    expect(await ledger.db('planned_erasures').where({ contact_id: contact }).first('tries')).toEqual({ tries: 0 });
  });

  it('of one brand never delay those of another, however many there are: brands take turns', async () => {
    const { db } = ledger;
    const loud = { ...brand, id: 'mille', sender: '+393399957120' };
    await saveBrand(db, loud, NOON);
    await db.raw(
      `with persons as (insert into contacts (brand_id, created_at) select :brand, :at from generate_series(1, 300) returning id)
       insert into planned_erasures (brand_id, contact_id, requested_at, due_at) select :brand, id, :at, :at from persons`,
      { brand: loud.id, at: new Date(NOON) },
    );
    const quiet = await placedOrder(db);
    await plan(quiet.contact, NOON + HOUR);
    expect(await look()).toBe(100);
    const [row] = await db('planned_erasures').where({ contact_id: quiet.contact }).select('begun_at');
    expect(row.begun_at).not.toBeNull();
    expect([await look(), await look(), await look()]).toEqual([100, 100, 1]);
  });

  it('of a whole brand never wait for another brand whose erasure fails', async () => {
    const { db } = ledger;
    const [loud, quiet] = ['rumoroso', 'tranquillo'];
    for (const [index, id] of [loud, quiet].entries()) {
      await saveBrand(db, { ...brand, id, sender: `+39339995711${index}` }, NOON);
      await holdShopErasure(db, id, NOON + index);
    }
    const person = await placedOrder(db, {}, { ...brand, id: loud });
    const told: string[] = [];
    const shops = (at: number) => carryOutShopErasures(db, at, (of) => told.push(of));
    const due = NOON + 3 * DAY;
    await refusing(`new.contact_id = '${person.contact}'`, async () => {
      expect([await shops(due), await shops(due), await shops(due + HOUR)]).toEqual([1, 0, 0]);
      expect(told).toEqual([loud]);
    });
    expect(await shops(due + 2 * HOUR)).toBe(1);
  });
});

describe('what the provider has of an erased person', () => {
  it('is never left there because the number wrote before it had a contact', async () => {
    const { db } = ledger;
    const phone = '+393339990002';
    const text = {
      brand: brand.id,
      channel: 'sms',
      address: phone,
      text: 'Siete aperti?',
      meaning: { kind: 'question' },
      at: NOON,
    } as const;
    await db.transaction((trx) => storeInbound(trx, { ...text, providerId: 'wrote-before' }, NOON));
    await db.transaction((trx) =>
      storeInbound(trx, { ...text, providerId: 'of-another', address: '+393339990003' }, NOON),
    );
    const erasure = await erase(await placedOrder(db, { customer: { phone: { e164: phone, country: 'IT' } } }));
    expect(await asked(erasure)).toEqual(['wrote-before']);
    expect(await db('inbound_messages').orderBy('provider_id').select('provider_id', 'text')).toEqual([
      { provider_id: 'of-another', text: 'Siete aperti?' },
      { provider_id: 'wrote-before', text: '' },
    ]);
  });

  it('is never left there because its id became known after the erasure: by the answer, or by a receipt', async () => {
    const { db } = ledger;
    const order = await placedOrder(db);
    const inFlight = await submitted(db, await planned(db, order, { occurrence: 'one' }));
    const unknown = await submitted(db, await planned(db, order, { occurrence: 'two' }));
    const erasure = await erase(order);
    await finishErasure(db, erasure, NOON + MINUTE);
    expect(await erasuresWithLateRedactions(db, 10, NOON + DAY)).toEqual([]);

    await recordAccepted(db, inFlight, 'answered-late', 'answer', NOON + MINUTE);
    const receipt = { clientRef: unknown, providerId: 'receipt-late', receipt: 'delivered', at: NOON + DAY } as const;
    await recordStatus(db, receipt, NOON + DAY);
    expect(await erasuresWithLateRedactions(db, 10, NOON + DAY)).toEqual([erasure]);
    expect(await asked(erasure, NOON + DAY)).toEqual(['answered-late', 'receipt-late']);

    for (const id of ['answered-late', 'receipt-late'])
      await recordRedaction(db, erasure, id, { result: 'redacted' }, NOON + DAY);
    await recordStatus(db, { ...receipt, receipt: 'read', at: NOON + DAY + 1 }, NOON + 2 * DAY);
    expect(await erasuresWithLateRedactions(db, 10, NOON + 2 * DAY)).toEqual([]);
  });

  it('is never left there because the provider took one attempt twice', async () => {
    const { db } = ledger;
    const order = await placedOrder(db);
    const clientRef = await submitted(db, await planned(db, order));
    await recordAccepted(db, clientRef, 'taken-once', 'answer', NOON);
    await recordStatus(db, { clientRef, providerId: 'taken-twice', receipt: 'delivered', at: NOON }, NOON);
    expect(await asked(await erase(order))).toEqual(['taken-once', 'taken-twice']);
  });

  it('of a person who was not erased is never asked for', async () => {
    const { db } = ledger;
    const clientRef = await submitted(db, await planned(db, await placedOrder(db)));
    await recordAccepted(db, clientRef, 'of-somebody-else', 'answer', NOON);
    expect(await db('erasure_redactions').where({ provider_id: 'of-somebody-else' })).toEqual([]);
  });
});
