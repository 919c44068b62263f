import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { consentLedger } from '../../../db/consent/consent-ledger.ts';
import { findSuppression } from '../../../db/consent/suppressions.ts';
import { storeInbound } from '../../../db/conversation/conversations.ts';
import { closeOrders } from '../../../commands/privacy/erase-person.ts';
import { removeData } from '../../../db/privacy/erase-person.ts';
import { requestErasure } from '../../../commands/privacy/request-erasure.ts';
import type { SweepCounts } from '../../../db/privacy/retention.ts';
import { countExpired, sweep } from '../../../db/privacy/retention.ts';
import { DAY } from '../../../domain/time/duration.ts';
import { addPeriod } from '../../../domain/time/period.ts';
import type { RetainedRecord, Row, RulePacks } from '../../../domain/rules/rule-pack.ts';
import { rules } from '../../helpers/rules.ts';
import { storeOf } from '../../helpers/keys.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import {
  NOON,
  brand,
  consentTo,
  erasedLongAgo,
  openLedger,
  placedOrder,
  planned,
  submitted,
} from '../../helpers/ledger.ts';

const { packs } = rules;
const BODIES = 90 * DAY;
const LOG_ENDS = addPeriod(NOON, 'P13M');
/** The month goes as a whole. */
const PROOF_MONTH_ENDS = addPeriod(Date.UTC(2026, 3, 1), 'P5Y');
/** A proof ends by the database's clock too, which is not turned on. */
const LONG_AGO = Date.UTC(2020, 2, 3, 11);
const PROOF_ENDED = addPeriod(LONG_AGO, 'P5Y');

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());
beforeEach(async () => {
  await sweep(ledger.db, packs, NOON + 100 * 365 * DAY);
});

/** Rows alone: each sweep drops the months that an earlier one made years before. */
const some = (counts: SweepCounts): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([name, count]) => count > 0 && name !== 'months'));
const swept = async (now: number, by: RulePacks = packs): Promise<Record<string, number>> =>
  some((await sweep(ledger.db, by, now)).counts);

/** A customer of yesterday with a message that was delivered. */
async function delivered(country = 'IT') {
  const order = await placedOrder(ledger.db, { place: { country } });
  const message = await planned(ledger.db, order);
  await submitted(ledger.db, message);
  await ledger.db('messages').where({ id: message }).update({ state: 'delivered' });
  return { ...order, message };
}

describe('retention', () => {
  it('takes what is over on a day on which the months cannot be kept, and fails then', async () => {
    const { message } = await delivered();
    const { rows } = await ledger.owner.raw<{ rows: { made: string }[] }>(
      "select pg_get_functiondef('keep_month(text, timestamptz, int)'::regprocedure) as made",
    );
    await ledger.owner
      .raw(`create or replace function keep_month(of text, first timestamptz, most int) returns text language plpgsql as $$
        begin raise exception 'no month today'; end $$`);
    await expect(sweep(ledger.db, packs, NOON + BODIES)).rejects.toThrow('no month today');
    expect(await ledger.db('messages').where({ id: message }).first('body')).toEqual({ body: null });
    await ledger.owner.raw(rows[0]?.made ?? '');
    expect(await swept(NOON + BODIES)).toEqual({});
  });

  it('takes texts after 90 days, not a moment before, and counts them without touching them first', async () => {
    const { message } = await delivered();
    expect(await swept(NOON + BODIES - 1)).toEqual({});
    expect(some(await countExpired(ledger.db, packs, NOON + BODIES))).toEqual({ message_texts: 1 });
    expect(await swept(NOON + BODIES)).toEqual({ message_texts: 1 });
    expect(await swept(NOON + BODIES)).toEqual({});
    expect(await ledger.db('messages').where({ id: message }).first('body', 'state')).toEqual({
      body: null,
      state: 'delivered',
    });
  });

  it('leaves the text of a message that may still be sent', async () => {
    const order = await placedOrder(ledger.db);
    await planned(ledger.db, order);
    expect(await swept(NOON + BODIES)).toEqual({});
  });

  it('takes what customers wrote, known and unknown', async () => {
    const inbound = { brand: brand.id, channel: 'sms', text: 'Ciao', meaning: { kind: 'question' }, at: NOON } as const;
    const { contact, phone, order } = await placedOrder(ledger.db);
    await ledger.db.transaction(async (trx) => {
      await storeInbound(trx, { ...inbound, providerId: 'one', address: '+393330000001' }, NOON);
      await storeInbound(trx, { ...inbound, providerId: 'two', address: phone, writer: { contact, order } }, NOON);
    });
    expect(await swept(NOON + BODIES)).toEqual({ inbound_texts: 2 });
    expect(await ledger.db('inbound_messages').whereNot({ text: '' }).orWhereNot({ address: '' })).toEqual([]);
  });

  it('takes the log after 13 months, and what proves a send after five years', async () => {
    await delivered();
    await sweep(ledger.db, packs, NOON + BODIES);
    expect(await swept(LOG_ENDS - 1)).toEqual({});
    expect(await swept(LOG_ENDS)).toEqual({ delivery_log: 1 });
    expect(await swept(PROOF_MONTH_ENDS - 1)).toEqual({});
    expect(await swept(PROOF_MONTH_ENDS)).toMatchObject({ send_decisions: 1 });
  });

  it('keeps evidence until five years after it was of use last', async () => {
    const given = consentTo('promotional', { evidence: { ip: '192.0.2.7' }, at: LONG_AGO });
    const { contact } = await placedOrder(ledger.db, { placedAt: LONG_AGO, customer: { consents: [given] } });
    await sweep(ledger.db, packs, PROOF_ENDED - 1);
    const left = async () => ledger.db('consent_evidence').where({ contact_id: contact });
    expect(await left()).toHaveLength(1);
    expect(await swept(PROOF_ENDED)).toMatchObject({ evidence: 1 });
    expect(await left()).toEqual([]);
    expect((await consentLedger(ledger.db, brand.id, contact))?.chain.kind).toBe('intact');
  });

  it('keeps evidence from the last text on, and takes it at most 30 days late when a pack is made stricter', async () => {
    const given = consentTo('promotional', { evidence: { ip: '192.0.2.8' }, at: LONG_AGO });
    const phone = { e164: '+33612345678', country: 'FR' };
    const french = { placedAt: LONG_AGO, place: { country: 'FR' }, customer: { phone, consents: [given] } };
    const order = await placedOrder(ledger.db, french);
    const left = async () => (await ledger.db('consent_evidence').where({ contact_id: order.contact })).length;
    await sweep(ledger.db, packs, LONG_AGO);
    const later = LONG_AGO + 365 * DAY;
    await submitted(ledger.db, await planned(ledger.db, order, { dueAt: later }), later);
    await sweep(ledger.db, packs, addPeriod(later, 'P3Y') - DAY);
    expect(await left()).toBe(1);
    const longer = withRow(packs, 'FR', 'consent_proof', 'P5Y');
    const over = addPeriod(later, 'P4Y');
    await sweep(ledger.db, longer, over);
    expect(await left()).toBe(1);
    await sweep(ledger.db, packs, over + 30 * DAY);
    expect(await left()).toBe(0);
  });

  it('takes a pseudonym when its time as proof has ended: the stop of the number stays', async () => {
    const { db } = ledger;
    const consents = [consentTo('promotional', { at: LONG_AGO }), consentTo('service_feedback', { at: LONG_AGO })];
    const order = await placedOrder(db, { placedAt: LONG_AGO, customer: { consents } });
    const message = await planned(db, order);
    await submitted(db, message);
    await db('messages').where({ id: message }).update({ state: 'delivered' });
    await requestErasure(storeOf(db), { ...order, actor: 'test', source: 'api' }, NOON);
    await closeOrders(db, order, NOON);
    await db.transaction((trx) => removeData(trx, order, PROOF_ENDED, NOON));
    await erasedLongAgo(ledger, order.contact);
    await expect(db('consents').where({ contact_id: order.contact }).del()).rejects.toThrow(/append-only/);
    await sweep(db, packs, PROOF_ENDED - 1);
    expect((await consentLedger(db, order.brand, order.contact))?.entries).toHaveLength(2);
    expect(await swept(PROOF_ENDED)).toMatchObject({ pseudonyms: 1 });
    expect(await swept(PROOF_ENDED)).toEqual({});
    for (const table of ['consents', 'decisions', 'messages', 'cases'])
      expect(await db(table).where({ contact_id: order.contact })).toEqual([]);
    expect((await consentLedger(db, order.brand, order.contact))?.chain).toEqual({ kind: 'intact', entries: 0 });
    expect(await findSuppression(storeOf(db), order.brand, order.phone)).toMatchObject({ stoppedAt: NOON });
  });

  it('goes by the rules of the place where the person lives', async () => {
    const strict = withRow(packs, 'FR', 'message_text', 'P30D');
    await delivered('FR');
    await delivered('IT');
    expect(await swept(NOON + 30 * DAY, strict)).toEqual({ message_texts: 1 });
    expect(await swept(NOON + BODIES, strict)).toEqual({ message_texts: 1 });
  });

  it('takes within 30 days what became shorter-lived by a move, and what is over from one day to the next', async () => {
    const strict = withRow(packs, 'FR', 'message_text', 'P30D');
    const moves = await delivered('IT');
    const stays = await delivered('FR');
    expect(await swept(NOON + 30 * DAY - 1, strict)).toEqual({});
    await ledger.db('contacts').where({ id: moves.contact }).update({ country: 'FR' });
    await ledger.db('addresses').where({ contact_id: moves.contact }).update({ country: 'FR' });
    expect(await swept(NOON + 30 * DAY, strict)).toEqual({ message_texts: 2 });
    const late = await delivered('IT');
    expect(await swept(NOON + 31 * DAY, strict)).toEqual({});
    await ledger.db('contacts').where({ id: late.contact }).update({ country: 'FR' });
    await ledger.db('addresses').where({ contact_id: late.contact }).update({ country: 'FR' });
    await swept(NOON + 32 * DAY, strict);
    expect(await swept(NOON + 60 * DAY, strict)).toEqual({ message_texts: 1 });
    expect(
      await ledger
        .db('messages')
        .whereNotNull('body')
        .whereIn(
          'contact_id',
          [moves, stays, late].map(({ contact }) => contact),
        ),
    ).toEqual([]);
  });

  it('takes more than a batch holds in one go, and tells when there is more', async () => {
    const order = await placedOrder(ledger.db);
    const id = await planned(ledger.db, order);
    await submitted(ledger.db, id);
    await ledger.db.raw(
      `insert into messages (brand_id, order_id, contact_id, step, occurrence, kind, class, channel, state, triggered_at, due_at,
         useful_until, created_at, submitted_at, body)
       select brand_id, order_id, contact_id, step, n::text, kind, class, channel, 'delivered', triggered_at, due_at, useful_until,
         created_at, submitted_at, body from messages, generate_series(1, 1200) n where id = ?`,
      [id],
    );
    expect(await sweep(ledger.db, packs, NOON + BODIES)).toMatchObject({
      counts: { message_texts: 1200 },
      more: false,
    });
  });
});

function withRow(all: RulePacks, id: string, of: RetainedRecord, keep: string): RulePacks {
  const pack = all.packs[id];
  if (!pack) throw new Error('no such pack');
  const row: Row = {
    id: 'test.kept',
    classes: ['transactional', 'service_feedback', 'promotional'],
    says: 'It is kept for less.',
    rule: { kind: 'retention', of, keep },
    basis: 'statute',
    confidence: 'A',
    sources: [],
  };
  return { ...all, packs: { ...all.packs, [id]: { ...pack, rows: [...pack.rows, row] } } };
}
