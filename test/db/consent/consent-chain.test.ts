import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { consentLedger, verifyLedger } from '../../../db/consent/consent-ledger.ts';
import { recordConsents } from '../../../db/consent/consents.ts';
import { DAY } from '../../../domain/time/duration.ts';
import type { Ledger, PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, brand, consentTo, openLedger, placedOrder } from '../../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

/** A contact with four entries: two of the order, one with evidence and an end, and a withdrawal. */
async function contactWithHistory(): Promise<PlacedOrder> {
  const order = await placedOrder(ledger.db);
  const evidence = { ip: '192.0.2.7', userAgent: 'Mozilla/5.0', url: 'https://sole.example/cassa' };
  const night = consentTo('promotional', { night: true, evidence, locale: 'it', expiresAt: NOON + DAY, at: NOON });
  await recordConsents(ledger.db, brand.id, order.contact, [night], NOON);
  const no = consentTo('service_feedback', { action: 'withdrawn', at: NOON + 1 });
  await recordConsents(ledger.db, brand.id, order.contact, [no], NOON + 1, 'agent 7');
  return order;
}

async function chainOf({ contact }: PlacedOrder) {
  return (await consentLedger(ledger.db, brand.id, contact))?.chain;
}

/** The owner of the database can switch a trigger off; the chain shows what they do then. */
async function tamper(sql: string, bindings: readonly string[]): Promise<void> {
  await ledger.owner.transaction(async (trx) => {
    await trx.raw("set local session_replication_role = 'replica'");
    await trx.raw(sql, [...bindings]);
  });
}

describe('the ledger of consents is a chain', () => {
  it('and whole: every entry is chained, in the order in which it was recorded', async () => {
    const order = await contactWithHistory();
    const { entries, chain } = (await consentLedger(ledger.db, brand.id, order.contact)) ?? {};
    expect(chain).toEqual({ kind: 'intact', entries: 4 });
    expect(entries?.map(({ seq, action, actor }) => [seq, action, actor])).toEqual([
      [1, 'granted', 'shop'],
      [2, 'granted', 'shop'],
      [3, 'granted', 'shop'],
      [4, 'withdrawn', 'agent 7'],
    ]);
    expect(entries?.[2]).toMatchObject({ evidence: { ip: '192.0.2.7' }, locale: 'it', night: true });
  });

  it('of words in every alphabet, with quotes, commas and line ends', async () => {
    const order = await placedOrder(ledger.db);
    const wording = '소식을 받겠습니다, "sì"\\n\r\n\t12:a,-,;ß🙂';
    await recordConsents(ledger.db, brand.id, order.contact, [consentTo('promotional', { wording })], NOON);
    expect(await chainOf(order)).toEqual({ kind: 'intact', entries: 3 });
  });

  it.each([
    ['id', 'default'],
    ['seq', 'seq + 70'],
    ['channel', "'rcs'"],
    ['class', "'transactional'"],
    ['night', 'not night'],
    ['action', "'confirmed'"],
    ['basis', "'implied'"],
    ['wording', "wording || '.'"],
    ['wording_hash', "'\\x00'"],
    ['locale', "'en'"],
    ['source', "'page'"],
    ['evidence_hash', "'\\x00'"],
    ['occurred_at', "occurred_at + interval '1 microsecond'"],
    ['recorded_at', "recorded_at - interval '1 microsecond'"],
    ['expires_at', "'2030-01-01'"],
    ['actor', "'nobody'"],
    ['prev_hash', "'\\x00'"],
    ['hash', "'\\x00'"],
  ])('a changed %s is found', async (column, value) => {
    const order = await contactWithHistory();
    for (const seq of ['4', '2']) {
      await tamper(`update consents set ${column} = ${value} where contact_id = ? and seq = ?`, [order.contact, seq]);
      const chain = await chainOf(order);
      expect(chain?.kind).toBe('broken');
      if (column !== 'seq') expect(chain).toMatchObject({ seq: Number(seq), flaw: 'altered' });
    }
  });

  it('an entry that was given to another brand or another contact is found at both', async () => {
    const [robbed, other] = [await contactWithHistory(), await placedOrder(ledger.db, { customer: { consents: [] } })];
    await tamper('update consents set contact_id = ? where contact_id = ? and seq = 1', [
      other.contact,
      robbed.contact,
    ]);
    expect(await chainOf(robbed)).toEqual({ kind: 'broken', seq: 1, flaw: 'missing' });
    expect(await chainOf(other)).toMatchObject({ kind: 'broken', seq: 1 });
    const moved = await contactWithHistory();
    await tamper("update consents set brand_id = 'altrove' where contact_id = ? and seq = 1", [moved.contact]);
    expect(await chainOf(moved)).toEqual({ kind: 'broken', seq: 1, flaw: 'altered' });
  });

  it('changed evidence is found, and erased evidence is no flaw', async () => {
    const order = await contactWithHistory();
    const change = `update consent_evidence set evidence = jsonb_set(evidence, '{ip}', '"192.0.2.8"') where contact_id = ?`;
    await tamper(change, [order.contact]);
    expect(await chainOf(order)).toEqual({ kind: 'broken', seq: 3, flaw: 'altered' });
    // As an erasure does it.
    await ledger.db.raw('select start_proof(?, null)', [order.contact]);
    await ledger.db('consent_evidence').where({ contact_id: order.contact }).delete();
    expect(await chainOf(order)).toEqual({ kind: 'intact', entries: 4 });
  });

  it.each([
    ['at the beginning', 'seq = 1', 1],
    ['in the middle', 'seq = 2', 2],
    ['at the end', 'seq = 4', 4],
    ['all of them', 'true', 1],
  ])('entries that were deleted %s are missed', async (_where, which, seq) => {
    const order = await contactWithHistory();
    await tamper(`delete from consents where contact_id = ? and ${which}`, [order.contact]);
    expect(await chainOf(order)).toEqual({ kind: 'broken', seq, flaw: 'missing' });
  });

  it('a contact whose head was changed is found', async () => {
    const order = await contactWithHistory();
    await tamper('update contacts set consent_seq = 3, consent_head = null where id = ?', [order.contact]);
    expect(await chainOf(order)).toEqual({ kind: 'broken', seq: 4, flaw: 'not_the_head' });
  });

  it('of several writers at once has no gap and no fork', async () => {
    const order = await placedOrder(ledger.db, { customer: { consents: [] } });
    const one = (at: number) =>
      recordConsents(ledger.db, brand.id, order.contact, [consentTo('promotional', { at })], NOON);
    await Promise.all(Array.from({ length: 12 }, (_, index) => one(NOON + index)));
    expect(await chainOf(order)).toEqual({ kind: 'intact', entries: 12 });
  });
});

describe('verifying everything', () => {
  it('counts contacts and entries of a brand, and names each broken one', async () => {
    const own = await openLedger();
    try {
      const orders = [
        await placedOrder(own.db),
        await placedOrder(own.db),
        await placedOrder(own.db, { customer: { consents: [] } }),
      ];
      expect(await verifyLedger(own.db)).toEqual({ contacts: 2, entries: 4, broken: [] });
      const contact = orders[1]?.contact ?? '';
      await own.owner.transaction(async (trx) => {
        await trx.raw("set local session_replication_role = 'replica'");
        await trx('consents').where({ contact_id: contact, seq: 2 }).delete();
      });
      expect(await verifyLedger(own.db, brand.id)).toEqual({
        contacts: 2,
        entries: 3,
        broken: [{ contact, seq: 2, flaw: 'missing' }],
      });
      expect(await verifyLedger(own.db, 'altrove')).toEqual({ contacts: 0, entries: 0, broken: [] });
    } finally {
      await own.close();
    }
  });
});

it('what is recorded while the ledger is verified does not make it look broken', async () => {
  const { db } = ledger;
  const { contact } = await placedOrder(db);
  const entry = consentTo('promotional');
  const recording = (async () => {
    for (let count = 0; count < 60; count += 1) await recordConsents(db, brand.id, contact, [entry], NOON);
  })();
  const seen: string[] = [];
  for (let over = false; !over;) {
    const ended = recording.then(() => true);
    const [whole, one] = await Promise.all([verifyLedger(db, brand.id), consentLedger(db, brand.id, contact)]);
    seen.push(...whole.broken.filter((broken) => broken.contact === contact).map(({ flaw }) => flaw));
    if (one?.chain.kind === 'broken') seen.push(one.chain.flaw);
    over = await Promise.race([ended, Promise.resolve(false)]);
  }
  expect(seen).toEqual([]);
});
