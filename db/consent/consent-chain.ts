/**
 * The ledger of consents as a chain: every entry has the hash of the one before it, and the contact has the last one's. The database
 * makes it with a trigger (migration 11); this file makes the same hashes again from the rows, and says where they differ.
 */
import { createHash } from 'node:crypto';
import type { Channel } from '../../domain/sending/message.ts';

/** A row of `consents`, every column as text; moments in microseconds since 1970, bytes in hex. */
export interface ChainRow {
  readonly brand_id: string;
  readonly contact_id: string;
  readonly seq: string;
  readonly id: string;
  readonly channel: Channel;
  readonly class: string;
  readonly night: string;
  readonly action: string;
  readonly basis: string;
  readonly wording: string;
  readonly wording_hash: string;
  readonly locale: string | null;
  readonly source: string;
  readonly evidence_hash: string | null;
  readonly occurred_at: string;
  readonly recorded_at: string;
  readonly expires_at: string | null;
  readonly actor: string;
  readonly prev_hash: string | null;
  readonly hash: string;
  /** The evidence that is hashed; null once it has been erased, and where there was none. */
  readonly evidence: Evidence | null;
}

/**
 * Personal data: the visitor's address and program, the page, the message. A salt keeps it from being guessed by its
 * hash.
 */
export type Evidence = Readonly<Record<string, string>>;

export interface ChainHead {
  readonly contact: string;
  /** The number of entries, and the hash of the last one in hex. */
  readonly seq: number;
  readonly head: string | null;
}

export type ChainFlaw =
  /** The entry is not what was recorded, or its evidence is not. */
  | 'altered'
  /** An entry is missing at this place. */
  | 'missing'
  /** The rows are more, or other ones, than the contact's head says. */
  | 'not_the_head';

export type ChainVerdict =
  | { readonly kind: 'intact'; readonly entries: number }
  | { readonly kind: 'broken'; readonly seq: number; readonly flaw: ChainFlaw };

/** `rows`: all entries of one contact, by `seq`. */
export function verifyChain(rows: readonly ChainRow[], head: ChainHead): ChainVerdict {
  const verifier = chainVerifier(head);
  verifier.take(rows);
  return verifier.verdict();
}

/** The same for rows that come in pages. */
export function chainVerifier({ contact, seq, head }: ChainHead): {
  take(rows: readonly ChainRow[]): void;
  verdict(): ChainVerdict;
} {
  let entries = 0;
  let before: string | null = null;
  let flawed: ChainVerdict | undefined;
  const flawOf = (row: ChainRow, place: number): ChainFlaw | undefined => {
    if (Number(row.seq) > place) return 'missing';
    const whole = row.hash === hashOf(row) && row.wording_hash === sha256(row.wording) && row.contact_id === contact;
    if (!whole || Number(row.seq) !== place || row.prev_hash !== before) return 'altered';
    if (row.evidence !== null && row.evidence_hash !== evidenceHash(row.evidence)) return 'altered';
    return undefined;
  };
  return {
    take(rows) {
      for (const row of rows) {
        entries += 1;
        const flaw = flawed ? undefined : flawOf(row, entries);
        if (flaw) flawed = { kind: 'broken', seq: entries, flaw };
        before = row.hash;
      }
    },
    verdict() {
      if (flawed) return flawed;
      if (entries < seq) return { kind: 'broken', seq: entries + 1, flaw: 'missing' };
      if (entries > seq || before !== head) return { kind: 'broken', seq: entries, flaw: 'not_the_head' };
      return { kind: 'intact', entries };
    },
  };
}

/** In hex. Names in alphabetical order, each with its value. */
export function evidenceHash(evidence: Evidence): string {
  const names = Object.keys(evidence).toSorted();
  return sha256(canonical(names.flatMap((name) => [name, evidence[name] ?? null])));
}

function hashOf(row: ChainRow): string {
  const { brand_id, contact_id, seq, id, channel, night, action, basis, wording, wording_hash, locale, source } = row;
  const { evidence_hash, occurred_at, recorded_at, expires_at, actor, prev_hash } = row;
  const about = ['consent 1', brand_id, contact_id, seq, id, channel, row.class, night, action, basis];
  const proof = [wording, wording_hash, locale, source, evidence_hash, occurred_at, recorded_at, expires_at];
  return sha256(canonical([...about, ...proof, actor, prev_hash]));
}

/** Writes each text with its number of bytes before it, so that two lists never give the same bytes; `-` is null. */
function canonical(fields: readonly (string | null)[]): string {
  return fields.map((field) => (field === null ? '-' : `${Buffer.byteLength(field)}:${field}`)).join(',');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
