/** Attacks of the database's owner on evidence, and how they are shown. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordAudit } from '../../db/access/record-audit.ts';
import type { ChainName, EvidenceHead } from '../../queries/access/evidence.ts';
import type { Db } from '../../db/connection/connect.ts';
import { recordConsents } from '../../db/consent/consents.ts';
import { exportHeads, isMadeWithKeys, verifyEvidence } from '../../queries/access/evidence.ts';
import { keys } from '../helpers/keys.ts';
import type { Ledger, PlacedOrder } from '../helpers/ledger.ts';
import { NOON, brand, consentTo, openLedger, placedOrder } from '../helpers/ledger.ts';

/** An erased contact has none of it. */
const NOBODY =
  'external_id = null, first_name = null, last_name = null, locale = null, zone = null, country = null, region = null, city = null, postcode = null';

let ledger: Ledger;
let orders: PlacedOrder[];
let heads: readonly EvidenceHead[];
beforeEach(async () => {
  ledger = await openLedger();
  orders = [await placedOrder(ledger.db), await placedOrder(ledger.db)];
  for (const id of ['a', 'b', 'c']) {
    const subject = { kind: 'contact', id } as const;
    await recordAudit(
      ledger.db,
      { brand: brand.id, actor: 'ada', action: 'export_contact', subject, after: { sha256: id } },
      NOON,
    );
  }
  heads = await exportHeads(ledger.db, keys.evidence, NOON);
});
afterEach(() => ledger.close());

/** The owner of a database can switch its triggers off. */
async function tamper(...sql: readonly string[]): Promise<void> {
  await ledger.owner.transaction(async (trx) => {
    await trx.raw("set local session_replication_role = 'replica'");
    for (const one of sql) await trx.raw(one);
  });
}
const flaws = async (chain: ChainName, known: readonly EvidenceHead[] = []): Promise<readonly string[]> =>
  (await verifyEvidence(ledger.db, brand.id, chain, known)).flaws;

describe('evidence', () => {
  it('that was not changed is never called broken', async () => {
    expect(await flaws('audit', heads)).toEqual([]);
    expect(await flaws('consents', heads)).toEqual([]);
    expect(heads.find((head) => head.brand === brand.id)).toMatchObject({ consents: { entries: 4 } });
    await placedOrder(ledger.db);
    expect(await verifyEvidence(ledger.db, brand.id, 'consents', heads)).toMatchObject({
      entries: 4,
      loose: 2,
      flaws: [],
    });
    await exportHeads(ledger.db, keys.evidence, NOON + 1);
    expect(await verifyEvidence(ledger.db, brand.id, 'consents', heads)).toMatchObject({
      entries: 6,
      loose: 0,
      flaws: [],
    });
  });

  it('written at the same time by many never forks', async () => {
    const subject = { kind: 'contact', id: 'x' } as const;
    const entry = { brand: brand.id, actor: 'ada', action: 'export_contact', subject } as const;
    await Promise.all(Array.from({ length: 12 }, () => ledger.db.transaction((trx) => recordAudit(trx, entry, NOON))));
    expect(await flaws('audit', heads)).toEqual([]);
  });

  it('is never changed unseen', async () => {
    await tamper(
      "update audit_log set actor = 'nobody' where subject_id = 'b'",
      "update consents set hash = sha256('x') where seq = 1",
    );
    expect(await flaws('audit')).toEqual([expect.stringMatching(/^entry \d+: altered$/)]);
    expect(await flaws('consents')).toEqual(['entry 1: altered', 'entry 3: altered']);
  });

  it('never gains an entry that no chain has unseen', async () => {
    await tamper(
      `insert into audit_log (brand_id, actor, action, subject_kind, subject_id, at)
         select brand_id, 'ada', action, subject_kind, 'd', at from audit_log where subject_id = 'c'`,
    );
    expect(await flaws('audit', heads)).toEqual(['1 entries that no chain has']);
    expect((await verifyEvidence(ledger.db, brand.id, 'audit')).loose).toBe(1);
  });

  it('never loses its last entry unseen', async () => {
    await tamper("delete from audit_log where subject_id = 'c'");
    expect(await flaws('audit')).toEqual([expect.stringMatching(/^entry \d+: missing$/)]);
  });

  it('never loses its last entry with its place in the chain unseen', async () => {
    await tamper(
      "delete from audit_chain where entry = (select id from audit_log where subject_id = 'c')",
      "delete from audit_log where subject_id = 'c'",
    );
    expect(await flaws('audit')).toEqual([expect.stringMatching(/^the chain ends at/)]);
    // And with the head put right, only an exported one shows it.
    await tamper(
      'update audit_heads h set entries = entries - 1, head = (select hash from audit_chain c where c.brand_id = h.brand_id order by seq desc limit 1)',
    );
    expect(await flaws('audit')).toEqual([]);
    expect(await flaws('audit', heads)).toEqual([expect.stringMatching(/^1 entries missing at the end/)]);
  });

  it('never loses an entry in the middle with its place in the chain unseen', async () => {
    const { seq } = await ledger
      .db('audit_chain')
      .whereIn('entry', ledger.db('audit_log').where({ subject_id: 'b' }).select('id'))
      .first('seq');
    await tamper(
      "delete from audit_chain where entry = (select id from audit_log where subject_id = 'b')",
      "delete from audit_log where subject_id = 'b'",
    );
    expect(await flaws('audit')).toEqual([`entry ${seq}: missing in the chain`, `entry ${seq + 1}: altered`]);
  });

  it('never loses a consent unseen because an erasure was asked for: its time as proof goes on', async () => {
    const contact = orders[0]?.contact ?? '';
    await tamper(
      `insert into erasures (brand_id, contact_id, requested_at, requested_by, source) values ('${brand.id}', '${contact}', now(), 'ada', 'api')`,
      `delete from consents where contact_id = '${contact}'`,
    );
    expect(await flaws('consents')).toEqual(['entry 1: missing', 'entry 2: missing']);
  });

  it('never loses unseen the consents of a person who was marked by hand as erased long ago', async () => {
    const contact = orders[0]?.contact ?? '';
    await tamper(
      `insert into erasures (brand_id, contact_id, requested_at, requested_by, source) values ('${brand.id}', '${contact}', '2020-01-01', 'ada', 'api')`,
      `update contacts set ${NOBODY}, consent_seq = 0, consent_head = null, erased_at = '2020-01-01', proof_set_at = '2020-01-01',
         proof_until = '2024-01-01', proof_ended_at = '2024-01-02' where id = '${contact}'`,
      `delete from consents where contact_id = '${contact}'`,
    );
    const says = (flaw: string): string => `contact ${contact}: no entry of the audit log says ${flaw}`;
    expect(await flaws('consents')).toEqual([
      'entry 1: missing',
      'entry 2: missing',
      says('when its proof ends'),
      says('that its proof has ended'),
    ]);
    // Entries of the same dates, which come after others.
    for (const [action, after] of [
      ['start_proof', { proofUntil: '2024-01-01T00:00:00.000000Z' }],
      ['end_proof', { proofEndedAt: '2024-01-02T00:00:00.000000Z' }],
    ] as const) {
      const subject = { kind: 'contact', id: contact } as const;
      const entry = { brand: brand.id, actor: 'database', action, subject, after };
      await recordAudit(ledger.db, entry, Date.UTC(2024, 0, 1));
    }
    expect(await flaws('consents')).toEqual([
      `contact ${contact}: the end of its proof is dated before entries that the audit log had already`,
    ]);
  });

  it('never takes an entry about another person, or one in no chain, for the end of a proof', async () => {
    const [one, other] = orders.map(({ contact }) => contact);
    await tamper(
      `update contacts set ${NOBODY}, erased_at = now(), proof_set_at = now(), proof_until = '2024-01-01' where id = '${one}'`,
    );
    const after = { proofUntil: '2024-01-01T00:00:00.000000Z' };
    const subject = { kind: 'contact', id: other ?? '' } as const;
    await recordAudit(
      ledger.db,
      { brand: brand.id, actor: 'database', action: 'start_proof', subject, after },
      Date.now(),
    );
    await tamper(
      `insert into audit_log (brand_id, actor, action, subject_kind, subject_id, after, at)
         values ('${brand.id}', 'database', 'start_proof', 'contact', '${one}', '${JSON.stringify(after)}', now())`,
    );
    expect(await flaws('consents')).toContain(`contact ${one}: no entry of the audit log says when its proof ends`);
  });

  it('has an entry that was committed after a later one was exported', async () => {
    const { db } = ledger;
    const at = Date.now();
    const [slow, quick] = [await placedOrder(db), await placedOrder(db)];
    const say = (to: Db, { contact }: PlacedOrder) =>
      recordConsents(to, brand.id, contact, [{ ...consentTo('promotional'), at }], at);
    await db.transaction(async (trx) => {
      await say(trx, slow);
      await say(db, quick);
      await exportHeads(db, keys.evidence, at);
    });
    expect(await verifyEvidence(db, brand.id, 'consents')).toMatchObject({ loose: 1, flaws: [] });
    await exportHeads(db, keys.evidence, at);
    expect(await verifyEvidence(db, brand.id, 'consents')).toMatchObject({ loose: 0, flaws: [] });
  });

  it('never loses the evidence of a consent unseen', async () => {
    const at = Date.now();
    const given = consentTo('promotional', { evidence: { ip: '192.0.2.7' }, at });
    const { contact } = await placedOrder(ledger.db, { placedAt: at, customer: { consents: [given] } });
    expect(await flaws('consents')).toEqual([]);
    await tamper(`delete from consent_evidence where contact_id = '${contact}'`);
    expect(await flaws('consents')).toEqual([`contact ${contact}: evidence of its consents is gone before its time`]);
  });

  it('never loses unseen the evidence of a living person’s consent because their proof was begun', async () => {
    const { db } = ledger;
    const at = Date.now();
    const given = consentTo('promotional', { evidence: { ip: '192.0.2.7' }, at });
    const { contact } = await placedOrder(db, { placedAt: at, customer: { consents: [given] } });
    await db.raw('select start_proof(?, null)', [contact]);
    await db('consent_evidence').where({ contact_id: contact }).delete();
    expect(await flaws('consents')).toEqual([`contact ${contact}: its proof runs, and its person is not erased`]);
  });

  it('is checked to its end, with any words in an entry about the end of a proof', async () => {
    const subject = { kind: 'contact', id: 'nobody' } as const;
    const entry = { brand: brand.id, actor: 'database', action: 'end_proof', subject } as const;
    await recordAudit(ledger.db, { ...entry, after: { proofEndedAt: 'never' } }, NOON);
    expect(await flaws('consents')).toEqual([]);
  });

  it('never loses everything of one person unseen, unless their proof has ended', async () => {
    const contact = orders[0]?.contact ?? '';
    await tamper(
      `delete from consents where contact_id = '${contact}'`,
      `update contacts set consent_seq = 0, consent_head = null where id = '${contact}'`,
    );
    expect(await flaws('consents')).toEqual(['entry 1: missing', 'entry 2: missing']);
  });

  it('is never emptied unseen', async () => {
    await tamper('truncate consents, consent_journal', 'truncate audit_log, audit_chain, audit_heads');
    expect(await flaws('consents', heads)).toEqual([expect.stringMatching(/^4 entries missing at the end/)]);
    expect(await flaws('audit', heads)).toEqual([expect.stringMatching(/entries missing at the end/)]);
  });

  it('is never chained anew unseen where earlier heads were kept', async () => {
    await tamper(
      "update consents set hash = sha256('other') where id = 1",
      'truncate consent_journal',
      'insert into consents_to_seal select id from consents',
    );
    await exportHeads(ledger.db, keys.evidence, NOON);
    expect(await flaws('consents')).toEqual([]);
    expect(await flaws('consents', heads)).toEqual([expect.stringMatching(/^entry 4: not the one of the head/)]);
  });

  it('never accepts a head that was made without the secret', () => {
    const [head] = heads;
    if (!head) throw new Error('no head');
    expect(isMadeWithKeys(keys.evidence, head)).toBe(true);
    expect(isMadeWithKeys(keys.evidence, { ...head, audit: { ...head.audit, entries: 1 } })).toBe(false);
    expect(isMadeWithKeys(keys.evidence, { ...head, mac: '' })).toBe(false);
  });

  it('has a head per chain, which counts its own entries, and one of a former secret is still ours', async () => {
    const subject = { kind: 'contact', id: 'd' } as const;
    for (let more = 0; more < 3; more += 1)
      await recordAudit(ledger.db, { brand: brand.id, actor: 'ada', action: 'export_contact', subject }, NOON);
    const head = (await exportHeads(ledger.db, keys.evidence, NOON)).find((one) => one.brand === brand.id);
    if (!head) throw new Error('no head');
    const [audit] = await ledger
      .db('audit_chain')
      .where({ brand_id: brand.id })
      .count<{ count: number }[]>('* as count');
    expect([head.audit.entries, head.consents.entries]).toEqual([audit?.count, 4]);
    expect(isMadeWithKeys([Buffer.alloc(32), ...keys.evidence], head)).toBe(true);
    expect(isMadeWithKeys([Buffer.alloc(32)], head)).toBe(false);
  });

  it('is never chained or sealed by the service itself', async () => {
    for (const table of ['audit_chain', 'audit_heads', 'consent_journal'])
      await expect(ledger.db(table).delete(), table).rejects.toThrow('permission denied');
    await expect(ledger.db.raw("select chain_audit_entry(array['x'], ?, 1)", [brand.id])).rejects.toThrow(
      'permission denied',
    );
  });
});
