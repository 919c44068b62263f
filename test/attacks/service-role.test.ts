/** An intruder with the service's own connection to the database cannot change evidence. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordAudit } from '../../db/access/record-audit.ts';
import { verifyLedger } from '../../db/consent/consent-ledger.ts';
import { recordConsents } from '../../db/consent/consents.ts';
import { exportHeads, verifyEvidence } from '../../queries/access/evidence.ts';
import { GRANTS } from '../../db/schema/grants.ts';
import { migrateLatest } from '../../db/schema/migrate.ts';
import { closeOrders } from '../../commands/privacy/erase-person.ts';
import { removeData } from '../../db/privacy/erase-person.ts';
import { recordStep } from '../../db/privacy/erasure-steps.ts';
import { requestErasure } from '../../commands/privacy/request-erasure.ts';
import { sweep } from '../../db/privacy/retention.ts';
import { DAY } from '../../domain/time/duration.ts';
import { addPeriod } from '../../domain/time/period.ts';
import { rules } from '../helpers/rules.ts';
import { keys, storeOf } from '../helpers/keys.ts';
import type { Ledger, PlacedOrder } from '../helpers/ledger.ts';
import { NOON, brand, consentTo, erasedLongAgo, openLedger, placedOrder, planned } from '../helpers/ledger.ts';
import { ORDER_TIME } from '../helpers/orders.ts';

/** Of an erased contact. */
const NOTHING_LEFT = {
  external_id: null,
  first_name: null,
  last_name: null,
  locale: null,
  zone: null,
  country: null,
  region: null,
  city: null,
  postcode: null,
};

let ledger: Ledger;
let order: PlacedOrder;
beforeAll(async () => {
  ledger = await openLedger();
  const { db } = ledger;
  const evidence = { note: 'the form' };
  order = await placedOrder(db, { customer: { consents: [consentTo('promotional', { evidence })] } });
  await planned(db, order);
  const subject = { kind: 'contact', id: order.contact } as const;
  await recordAudit(db, { brand: brand.id, actor: 'test', action: 'export_contact', subject }, NOON);
  const erasure = await requestErasure(storeOf(db), { ...order, actor: 'test', source: 'api' }, NOON);
  await recordStep(db, erasure ?? '', { step: 'suppress', result: 'done', detail: {} }, NOON);
});
afterAll(() => ledger.close());

describe('the service', () => {
  it.each([
    ['a consent', "update consents set wording = 'Yes to everything.'"],
    ['the head of a chain of consents', 'update contacts set consent_seq = 0, consent_head = null'],
    ['when the proof of a person ends', "update contacts set proof_until = '2020-01-01'"],
    ['that the proof of a person has ended', 'update contacts set erased_at = now(), proof_ended_at = now()'],
    ['since when a person is only a proof', "update contacts set proof_set_at = '2020-01-01'"],
    ['the evidence of a consent', "update consent_evidence set evidence = '{}'"],
    ['a STOP', "update suppressions set state = 'lifted'"],
    ['the audit log', "update audit_log set actor = 'nobody'"],
    ['who asked for an erasure', "update erasures set requested_by = 'nobody'"],
    ['which step of an erasure was done', "update erasure_steps set step = 'end_orders'"],
    ['why a message was sent', "update decisions set rule = 'all_clear'"],
    ['whose key it is', "update api_keys set brand_id = 'altrove'"],
  ])('never changes %s', async (_, sql) => {
    await expect(ledger.db.raw(sql)).rejects.toThrow('permission denied');
  });

  it.each([
    'audit_log',
    'suppressions',
    'erasures',
    'erasure_steps',
    'data_requests',
    'contacts',
    'orders',
    'brands',
    'api_keys',
  ])('never takes a row of %s away', async (table) => {
    await expect(ledger.db(table).delete()).rejects.toThrow('permission denied');
  });

  it('never takes a consent away of a person who is not marked as erased, with a proof that has ended', async () => {
    await expect(ledger.db('consents').delete()).rejects.toThrow('append-only');
  });

  it('never takes away the evidence of a consent of a person who is not erased', async () => {
    const at = Date.now();
    const consents = [consentTo('promotional', { evidence: { ip: '192.0.2.7' }, at })];
    const { contact } = await placedOrder(ledger.db, { placedAt: at, customer: { consents } });
    await expect(ledger.db('consent_evidence').where({ contact_id: contact }).delete()).rejects.toThrow(
      'is kept for two years',
    );
  });

  it('never ends a proof by beginning it before the consents came', async () => {
    const { db } = ledger;
    const at = Date.now();
    const { contact } = await placedOrder(db, { placedAt: at, customer: { consents: [] } });
    await db.raw('select start_proof(?, now())', [contact]);
    await recordConsents(db, brand.id, contact, [consentTo('promotional', { at })], at);
    await ledger
      .owner('contacts')
      .where({ id: contact })
      .update({ proof_set_at: new Date(at - 31 * DAY) });
    await db('contacts')
      .where({ id: contact })
      .update({ ...NOTHING_LEFT, erased_at: new Date(at) });
    const { rows } = await db.raw<{ rows: unknown[] }>('select end_proofs(array[cast(? as uuid)])', [contact]);
    expect(rows).toEqual([]);
  });

  /** A person whose consents are nine years old, and whose proof has begun. Returns the contact's id. */
  async function longAgo(): Promise<string> {
    const at = NOON - 9 * 365 * DAY;
    const { contact } = await placedOrder(ledger.db, {
      placedAt: at,
      customer: { consents: [consentTo('promotional', { at })] },
    });
    await ledger.db.raw('select start_proof(?, ?)', [contact, new Date(at)]);
    return contact;
  }
  const erased = { ...NOTHING_LEFT, erased_at: new Date(NOON) };
  /** Asks for the end of a proof, and takes it back. */
  const ended = async (contact: string): Promise<unknown[]> => {
    const trx = await ledger.db.transaction();
    const { rows } = await trx.raw<{ rows: unknown[] }>('select end_proofs(array[cast(? as uuid)])', [contact]);
    await trx.rollback();
    return rows;
  };

  it('never begins a proof twice, so that its end would come sooner', async () => {
    const contact = await longAgo();
    const marks = () => ledger.db('contacts').where({ id: contact }).first('proof_until', 'proof_set_at');
    const before = await marks();
    await ledger.db.raw('select start_proof(?, null)', [contact]);
    expect(await marks()).toEqual(before);
    // A proof that runs without an erasure would be told of by the tests below.
    await ledger.db('contacts').where({ id: contact }).update(erased);
  });

  it('never ends a proof within thirty days of its beginning, nor that of a person who is not erased', async () => {
    const contact = await longAgo();
    const begun = (days: number) =>
      ledger
        .owner('contacts')
        .where({ id: contact })
        .update({ proof_set_at: new Date(Date.now() - days * DAY) });
    await begun(31);
    expect(await ended(contact)).toEqual([]);
    await ledger.db('contacts').where({ id: contact }).update(erased);
    await begun(29);
    expect(await ended(contact)).toEqual([]);
    await begun(31);
    expect(await ended(contact)).toEqual([{ end_proofs: contact }]);
  });

  it('never takes a consent away by a table of its own that says that the proof has ended', async () => {
    const tried = ledger.db.transaction(async (trx) => {
      await trx.raw('create temporary table contacts (id uuid, proof_ended_at timestamptz) on commit drop');
      await trx('contacts').insert({ id: order.contact, proof_ended_at: new Date(NOON) });
      await trx('consents').where({ contact_id: order.contact }).delete();
    });
    await expect(tried).rejects.toThrow('append-only');
  });

  it('never adds a contact whose proof has ended before it began', async () => {
    const ended = { brand_id: brand.id, created_at: new Date(NOON), erased_at: new Date(NOON) };
    for (const mark of ['proof_until', 'proof_set_at', 'proof_ended_at'])
      await expect(ledger.db('contacts').insert({ ...ended, [mark]: new Date(NOON) }), mark).rejects.toThrow(
        'an end of its proof',
      );
  });

  it('never ends the proof of a living person: the database dates the mark, writes it down and keeps to its own clock', async () => {
    const { db } = ledger;
    const old = new Date(NOON - 9 * 365 * DAY);
    const long = await placedOrder(db, {
      placedAt: old.getTime(),
      customer: { consents: [consentTo('promotional', { at: old.getTime() })] },
    });
    const recent = await placedOrder(db);
    const contacts = [long.contact, recent.contact];
    for (const contact of contacts) await db.raw('select start_proof(?, ?)', [contact, old]);
    await db('contacts')
      .whereIn('id', contacts)
      .update({ ...NOTHING_LEFT, erased_at: old });
    const { rows } = await db.raw<{ rows: object[] }>('select end_proofs(cast(? as uuid[]))', [contacts]);
    expect(rows).toEqual([]);
    await expect(db('consents').whereIn('contact_id', contacts).delete()).rejects.toThrow('append-only');
    expect(await db('contacts').where({ id: recent.contact }).first('proof_until')).toEqual({
      proof_until: new Date(addPeriod(ORDER_TIME, 'P2Y')),
    });
    expect(
      await db('audit_log')
        .whereIn('subject_id', contacts)
        .where('at', '>', db.raw("now() - interval '1 hour'"))
        .pluck('action'),
    ).toEqual(['start_proof', 'start_proof']);
  });

  it('never writes a chain of its own: place and hash of a consent are the database’s', async () => {
    const forged = { seq: 9, hash: Buffer.from('forged'), prev_hash: null };
    const [entry] = await ledger.db('consents').where({ contact_id: order.contact }).select<object[]>();
    const { id: _id, ...copy } = { ...entry } as { id?: number };
    await ledger.db('consents').insert({ ...copy, ...forged });
    expect(await ledger.db('consents').where({ contact_id: order.contact }).orderBy('seq').pluck('seq')).toEqual([
      1, 2,
    ]);
    expect(await ledger.db('consents').where({ hash: forged.hash })).toEqual([]);
  });

  it('never empties a table, and not even its owner does', async () => {
    for (const table of Object.keys(GRANTS)) {
      await expect(ledger.db.raw('truncate ?? cascade', [table]), table).rejects.toThrow(
        /permission denied|is not a table/,
      );
      await expect(ledger.owner.raw('truncate ?? cascade', [table]), table).rejects.toThrow(
        /^truncate.* (of \w+ is refused|is not a table)/,
      );
    }
  });

  it.each([
    'create table mine (id int)',
    'create function mine() returns int language sql as $$ select 1 $$',
    'drop trigger append_only on consents',
    'alter table audit_log disable trigger all',
    'alter table audit_log owner to current_user',
    "set session_replication_role = 'replica'",
    'create role another superuser',
  ])('never does %s', async (sql) => {
    await expect(ledger.db.raw(sql)).rejects.toThrow(/permission denied|must be owner/);
  });

  it('never gets the owner’s rights with a table of its own in front of ours', async () => {
    const trx = await ledger.db.transaction();
    await trx.raw('create temporary table contacts (like public.contacts)');
    const { rows } = await trx.raw<{ rows: { seq: number }[] }>(
      `insert into public.consents (brand_id, contact_id, channel, class, action, basis, wording, source, actor, occurred_at, recorded_at)
         values (?, ?, 'sms', 'promotional', 'withdrawn', 'express', 'x', 'test', 'test', now(), now()) returning seq`,
      [brand.id, order.contact],
    );
    await trx.rollback();
    expect(rows).toEqual([{ seq: 3 }]);
  });

  it.each([
    ['audit log', 'audit_log', 'after', 'chain_audit'],
    ['consents', 'consents', 'before', 'chain_consent'],
  ])('never chains an entry of a table of its own to the chain of the %s', async (_, table, time, chain) => {
    const trx = await ledger.db.transaction();
    await trx.raw(`create temporary table mine (like public.${table})`);
    await expect(
      trx.raw(`create trigger t ${time} insert on mine for each row execute function ${chain}()`),
    ).rejects.toThrow('permission denied for function');
    await trx.rollback();
  });

  it('leaves the chains as they are: not even a role that may execute their functions adds an entry that is nowhere', async () => {
    const { owner } = ledger;
    const tried = async (table: string, time: string, chain: string) => {
      await owner.transaction(async (trx) => {
        await trx.raw(`create temporary table mine (like public.${table}) on commit drop`);
        await trx.raw(`insert into mine select * from public.${table} where brand_id = ? limit 1`, [brand.id]);
        await trx.raw(`create trigger t ${time} insert on mine for each row execute function ${chain}()`);
        await trx.raw('insert into mine select * from mine');
      });
    };
    await expect(tried('audit_log', 'after', 'chain_audit')).rejects.toThrow(
      'chains entries of public.audit_log alone',
    );
    await expect(tried('consents', 'before', 'chain_consent')).rejects.toThrow(
      'chains entries of public.consents alone',
    );
    const subject = { kind: 'contact', id: order.contact } as const;
    await recordAudit(ledger.db, { brand: brand.id, actor: 'test', action: 'export_contact', subject }, NOON);
    await exportHeads(ledger.db, keys.evidence, NOON);
    expect(await verifyEvidence(ledger.db, brand.id, 'audit')).toMatchObject({ loose: 0, flaws: [] });
    expect(await verifyEvidence(ledger.db, brand.id, 'consents')).toMatchObject({ loose: 0, flaws: [] });
    expect(await verifyLedger(ledger.db, brand.id)).toMatchObject({ broken: [] });
  });

  it('does with these rights what an erasure and the end of the proof need', async () => {
    const { db } = ledger;
    const at = NOON - 9 * 365 * DAY;
    const long = await placedOrder(db, { placedAt: at, customer: { consents: [consentTo('promotional', { at })] } });
    await exportHeads(db, keys.evidence, NOON);
    await requestErasure(storeOf(db), { ...long, actor: 'test', source: 'api' }, NOON);
    await closeOrders(db, long, NOON);
    expect((await db.transaction((trx) => removeData(trx, long, NOON - DAY, NOON))).kind).toBe('removed');
    const { packs } = rules;
    expect((await sweep(db, packs, NOON)).counts).toMatchObject({ pseudonyms: 0 });
    await erasedLongAgo(ledger, long.contact);
    expect((await sweep(db, packs, NOON)).counts).toMatchObject({ pseudonyms: 1 });
    expect(await db('contacts').where({ id: long.contact }).select('consent_seq', 'consent_head')).toEqual([
      { consent_seq: 0, consent_head: null },
    ]);
    expect(await db('consents').where({ contact_id: long.contact })).toEqual([]);
    expect(await verifyEvidence(db, brand.id, 'consents')).toMatchObject({ ended: 1, flaws: [] });
    expect(await verifyEvidence(db, brand.id, 'audit')).toMatchObject({ flaws: [] });
  });

  it('makes no temporary table once its database is migrated', async () => {
    await migrateLatest({ databaseUrl: ledger.url, migrationUrl: ledger.migrationUrl });
    await expect(ledger.db.raw('create temporary table mine (id int)')).rejects.toThrow('permission denied');
  });
});
