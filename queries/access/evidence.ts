/** Recomputes the chains of a brand's audit log and consents from the rows, and exports their heads to be kept outside the database. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from '../../domain/text/canonical-json.ts';
import type { Db } from '../../db/connection/connect.ts';
import { withoutTimeLimits } from '../../db/connection/connect.ts';
import { endIsWritten, flawsOfMarks } from '../../db/access/proof-marks.ts';

export const CHAINS = ['audit', 'consents'] as const;
export type ChainName = (typeof CHAINS)[number];

interface Head {
  readonly entries: number;
  /** Hex; null: no entry yet. */
  readonly head: string | null;
}

/**
 * A head as it is exported. A later check compares it with the database, and so finds a chain that lost its last
 * entries or was computed anew.
 */
export interface EvidenceHead {
  readonly brand: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly audit: Head;
  readonly consents: Head;
  /** HMAC-SHA-256 over all of the above as canonical JSON, in hex. Its key is not in the database. */
  readonly mac: string;
}

export type EvidenceKeys = readonly [Buffer, ...Buffer[]];

/** Chains the consents that have come since the last export, and returns the heads of each brand's chains. `now`: epoch ms. */
export async function exportHeads(db: Db, [key]: EvidenceKeys, now: number): Promise<readonly EvidenceHead[]> {
  // Committed by a transaction of its own: an exported head must stand for committed entries, in the order of their
  // chain.
  await withoutTimeLimits(db, (trx) => trx.raw('select seal_consents()'));
  const { rows } = await db.raw<{ rows: Omit<EvidenceHead, 'at' | 'mac'>[] }>(
    `select b.id as brand,
       json_build_object('entries', coalesce(h.entries, 0), 'head', encode(h.head, 'hex')) as audit,
       json_build_object('entries', coalesce(j.seq, 0), 'head', encode(j.hash, 'hex')) as consents
       from brands b left join audit_heads h on h.brand_id = b.id
       left join lateral (select seq, hash from consent_journal where brand_id = b.id order by seq desc limit 1) j on true order by b.id`,
  );
  return rows.map((row) => {
    const head = { ...row, at: new Date(now).toISOString() };
    return { ...head, mac: macOf(key, head) };
  });
}

function macOf(key: Buffer, { brand, at, audit, consents }: Omit<EvidenceHead, 'mac'>): string {
  return createHmac('sha256', key).update(canonicalJson({ brand, at, audit, consents })).digest('hex');
}

/** True if the head was made with one of the keys. */
export function isMadeWithKeys(keys: EvidenceKeys, head: EvidenceHead): boolean {
  const given = Buffer.from(head.mac, 'hex');
  return keys.some((key) => {
    const made = Buffer.from(macOf(key, head), 'hex');
    return made.length === given.length && timingSafeEqual(made, given);
  });
}

export interface ChainReport {
  readonly chain: ChainName;
  readonly entries: number;
  /** Consents only: entries that were removed with the proof of an erased person. */
  readonly ended: number;
  /** Entries that no chain contains; for consents, those since the last export. */
  readonly loose: number;
  /** One line each, the first hundred. */
  readonly flaws: readonly string[];
}

const MOST_FLAWS = 100;
const BATCH = 2_000;

interface Link {
  seq: number;
  hash: string;
  /** The fields that are hashed, between the sequence number and the hash before; null: the entry is gone. */
  about: (string | null)[] | null;
  /** The database has recorded that the person was erased and the period of the proof is over. */
  ended: boolean;
  /** Consents only: the entry's hash is the one that was chained. */
  same: boolean;
}

const LINKS: Readonly<Record<ChainName, { readonly word: string; readonly sql: string; readonly loose: string }>> = {
  audit: {
    word: 'audit 1',
    sql: `select c.seq, encode(c.hash, 'hex') as hash, false as ended, true as same,
        case when a.id is not null then array[a.id::text, a.actor, a.action, a.subject_kind, a.subject_id, a.reason, a.before::text,
          a.after::text, consent_micros(a.at)] end as about
        from audit_chain c left join audit_log a on a.id = c.entry and a.brand_id = c.brand_id
       where c.brand_id = :brand and c.seq > :after order by c.seq limit ${BATCH}`,
    loose: `select count(*) as count from audit_log a where brand_id = :brand
      and not exists (select from audit_chain c where c.entry = a.id)`,
  },
  consents: {
    word: 'journal 1',
    sql: `select j.seq, encode(j.hash, 'hex') as hash, k.id is null or k.hash = j.entry_hash as same,
        array[j.entry::text, j.contact_id::text, encode(j.entry_hash, 'hex')] as about,
        k.id is null and ${endIsWritten('j.contact_id', 'p.proof_ended_at')} as ended,
        k.id is null as gone
        from consent_journal j left join consents k on k.id = j.entry left join contacts p on p.id = j.contact_id
       where j.brand_id = :brand and j.seq > :after order by j.seq limit ${BATCH}`,
    loose: `select count(*) as count from consents k where brand_id = :brand
      and not exists (select from consent_journal j where j.entry = k.id)`,
  },
};

/** Recomputes a chain from its rows and compares it with exported heads. */
export async function verifyEvidence(
  db: Db,
  brand: string,
  chain: ChainName,
  heads: readonly EvidenceHead[] = [],
): Promise<ChainReport> {
  const { word, sql, loose } = LINKS[chain];
  const wanted = Map.groupBy(
    heads.filter((head) => head.brand === brand),
    (head) => head[chain].entries,
  );
  const flaws: string[] = [];
  let [before, entries, ended]: [string | null, number, number] = [null, 0, 0];
  for (let last = BATCH; last === BATCH;) {
    const { rows } = await db.raw<{ rows: (Link & { gone?: boolean })[] }>(sql, { brand, after: entries });
    for (const { seq, hash, about, same, gone = false, ended: over } of rows) {
      const place = entries + 1;
      if (seq !== place) flaws.push(`entry ${place}: missing in the chain`);
      if (about === null || (gone && !over)) flaws.push(`entry ${seq}: missing`);
      else if (!same || hash !== hashOf([word, brand, String(seq), ...about, before]))
        flaws.push(`entry ${seq}: altered`);
      if (over) ended += 1;
      for (const head of wanted.get(seq) ?? [])
        if (head[chain].head !== hash) flaws.push(`entry ${seq}: not the one of the head of ${head.at}`);
      [before, entries] = [hash, seq];
    }
    last = rows.length;
  }
  for (const head of heads.filter((one) => one.brand === brand && one[chain].entries > entries))
    flaws.push(`${head[chain].entries - entries} entries missing at the end: ${head[chain].entries} on ${head.at}`);
  if (chain === 'audit') flaws.push(...(await flawOfHead(db, brand, entries, before)));
  else flaws.push(...(await flawsOfMarks(db, brand)));
  const { rows } = await db.raw<{ rows: { count: number }[] }>(loose, { brand });
  const open = rows[0]?.count ?? 0;
  if (chain === 'audit' && open > 0) flaws.push(`${open} entries that no chain has`);
  return { chain, entries, ended, loose: open, flaws: flaws.slice(0, MOST_FLAWS) };
}

async function flawOfHead(db: Db, brand: string, entries: number, head: string | null): Promise<readonly string[]> {
  const row: { entries: number; head: Buffer | null } | undefined = await db('audit_heads')
    .where({ brand_id: brand })
    .first('entries', 'head');
  const same = (row?.entries ?? 0) === entries && (row?.head?.toString('hex') ?? null) === head;
  return same ? [] : [`the chain ends at ${entries}, and the database says ${row?.entries ?? 0}`];
}

/** Hashes a list of fields in the format of `consent_canonical` in the database. */
function hashOf(fields: readonly (string | null)[]): string {
  const text = fields.map((field) => (field === null ? '-' : `${Buffer.byteLength(field)}:${field}`)).join(',');
  return createHash('sha256').update(text).digest('hex');
}
