/** The record of a person's consents: every entry, the sum of them, and whether one was changed. */
import type {
  ConsentAction,
  ConsentBasis,
  ConsentClass,
  ConsentEvent,
  Consents,
} from '../../domain/consent/consent.ts';
import type { Channel } from '../../domain/sending/message.ts';
import { consentsOf } from '../../domain/consent/consent.ts';
import type { Db } from '../connection/connect.ts';
import { pagesOf } from '../connection/pages.ts';
import type { ChainHead, ChainRow, ChainVerdict, Evidence } from './consent-chain.ts';
import { chainVerifier, verifyChain } from './consent-chain.ts';

/** An entry of the ledger. Moments are ISO 8601. */
export interface ConsentEntry {
  readonly id: string;
  readonly seq: number;
  readonly channel: Channel;
  readonly class: ConsentClass;
  readonly night: boolean;
  readonly action: ConsentAction;
  readonly basis: ConsentBasis;
  readonly wording: string;
  readonly locale: string | null;
  readonly source: string;
  /** Absent: there was none, or it has been erased. */
  readonly evidence?: Evidence;
  readonly occurredAt: string;
  readonly recordedAt: string;
  readonly expiresAt: string | null;
  readonly actor: string;
  /** Hex. */
  readonly hash: string;
}

export interface ConsentLedger {
  readonly contact: string;
  readonly entries: readonly ConsentEntry[];
  readonly inForce: Consents;
  readonly chain: ChainVerdict;
}

/** The whole ledger of a contact, oldest entry first. Undefined: no such contact of this brand. */
export async function consentLedger(db: Db, brand: string, contact: string): Promise<ConsentLedger | undefined> {
  const { heads, rows } = await chainsOf(db, brand, { contact });
  const [head] = heads;
  if (!head) return undefined;
  return {
    contact,
    entries: rows.map(toEntry),
    inForce: consentsOf(rows.map(toEvent)),
    chain: verifyChain(rows, head),
  };
}

/** A ledger that is read a page at a time. */
export interface PagedLedger {
  readonly chain: ChainVerdict;
  /** Oldest entry first; may be read more than once. */
  readonly pages: () => AsyncGenerator<readonly ConsentEntry[]>;
}

/** The same for a ledger of any length, inside a transaction that sees one snapshot. `size`: most entries held at a moment. */
export async function pagedLedger(
  trx: Db,
  brand: string,
  contact: string,
  size: number,
): Promise<PagedLedger | undefined> {
  const [head] = await headsOf(trx, brand, { contact });
  if (!head) return undefined;
  const rows = (): AsyncGenerator<readonly ChainRow[]> => pagesOf<ChainRow>(trx, CHAIN_ROWS, [[contact]], size);
  const verifier = chainVerifier(head);
  for await (const page of rows()) verifier.take(page);
  return {
    chain: verifier.verdict(),
    async *pages() {
      for await (const page of rows()) yield page.map(toEntry);
    },
  };
}

/** The statements of a contact, in no order: what `consentsOf` adds up. */
export async function consentEvents(db: Db, contact: string): Promise<readonly ConsentEvent[]> {
  return (await chainRows(db, [contact])).map(toEvent);
}

/** Contacts with entries in the ledger, and what is wrong with their chains. */
export interface VerifiedLedger {
  readonly contacts: number;
  readonly entries: number;
  readonly broken: readonly { readonly contact: string; readonly seq: number; readonly flaw: string }[];
}

const BATCH = 500;

/** Walks every chain of a brand, or of all. An entry of a contact that knows of none is broken too. */
export async function verifyLedger(db: Db, brand?: string): Promise<VerifiedLedger> {
  const broken: { contact: string; seq: number; flaw: string }[] = [];
  let [contacts, entries] = [0, 0];
  for (let after: string | undefined; ;) {
    const { heads, rows } = await chainsOf(db, brand, { after });
    const byContact = Map.groupBy(rows, (row) => row.contact_id);
    for (const head of heads) {
      const own = byContact.get(head.contact) ?? [];
      const verdict = verifyChain(own, head);
      contacts += 1;
      entries += own.length;
      if (verdict.kind === 'broken') broken.push({ contact: head.contact, seq: verdict.seq, flaw: verdict.flaw });
    }
    if (heads.length < BATCH) return { contacts, entries, broken };
    after = heads.at(-1)?.contact;
  }
}

interface Chains {
  readonly heads: readonly ChainHead[];
  readonly rows: readonly ChainRow[];
}

/** One snapshot, or an entry that is recorded in between would have no head. Inside a transaction it is that one's. */
async function chainsOf(db: Db, brand: string | undefined, which: Which): Promise<Chains> {
  const read = async (trx: Db): Promise<Chains> => {
    const heads = await headsOf(trx, brand, which);
    const contacts = heads.map(({ contact }) => contact);
    return { heads, rows: await chainRows(trx, contacts) };
  };
  return db.isTransaction ? read(db) : db.transaction(read, { isolationLevel: 'repeatable read', readOnly: true });
}

interface Which {
  readonly contact?: string | undefined;
  readonly after?: string | undefined;
}

async function headsOf(db: Db, brand: string | undefined, { contact, after }: Which): Promise<ChainHead[]> {
  const query = db('contacts as c')
    .orderBy('c.id')
    .limit(BATCH)
    .select({ contact: 'c.id', seq: 'c.consent_seq', head: db.raw("encode(c.consent_head, 'hex')") });
  if (brand !== undefined) void query.where('c.brand_id', brand);
  if (contact !== undefined) return query.where('c.id', contact);
  if (after !== undefined) void query.where('c.id', '>', after);
  return query.whereRaw('(c.consent_seq > 0 or exists (select from consents k where k.contact_id = c.id))');
}

const MICROS = (column: string): string =>
  `trunc(extract(epoch from k.${column}) * 1000000)::bigint::text as ${column}`;
const HEX = (column: string): string => `encode(k.${column}, 'hex') as ${column}`;
const AS_TEXT = (column: string): string => `cast(k.${column} as text) as ${column}`;

const CHAIN_COLUMNS = [
  ...['brand_id', 'contact_id', 'seq', 'id', 'channel', 'class', 'night', 'action', 'basis', 'wording'].map(AS_TEXT),
  ...['locale', 'source', 'actor'].map(AS_TEXT),
  ...['wording_hash', 'evidence_hash', 'prev_hash', 'hash'].map(HEX),
  ...['occurred_at', 'recorded_at', 'expires_at'].map(MICROS),
];
const CHAIN_ROWS = `select ${CHAIN_COLUMNS.join(', ')}, e.evidence from consents k left join consent_evidence e on e.hash = k.evidence_hash
      where k.contact_id = any(cast(? as uuid[])) order by k.contact_id, k.seq, k.id`;

async function chainRows(db: Db, contacts: readonly string[]): Promise<ChainRow[]> {
  if (contacts.length === 0) return [];
  const { rows } = await db.raw<{ rows: ChainRow[] }>(CHAIN_ROWS, [[...contacts]]);
  return rows;
}

function toEntry(row: ChainRow): ConsentEntry {
  const { at: _at, expiresAt: _expiresAt, ...event } = toEvent(row);
  const { channel, wording, locale, source, actor, hash, evidence } = row;
  return {
    ...event,
    seq: Number(row.seq),
    channel,
    wording,
    locale,
    source,
    ...(evidence && { evidence: withoutSalt(evidence) }),
    occurredAt: iso(row.occurred_at),
    recordedAt: iso(row.recorded_at),
    expiresAt: row.expires_at === null ? null : iso(row.expires_at),
    actor,
    hash,
  };
}

/** The columns' checks hold the words to those of the domain. */
function toEvent(row: ChainRow): ConsentEvent {
  return {
    id: row.id,
    class: row.class as ConsentClass,
    night: row.night === 'true',
    action: row.action as ConsentAction,
    basis: row.basis as ConsentBasis,
    at: milliseconds(row.occurred_at),
    ...(row.expires_at !== null && { expiresAt: milliseconds(row.expires_at) }),
  };
}

function withoutSalt({ salt: _salt, ...evidence }: Evidence): Evidence {
  return evidence;
}

function milliseconds(micros: string): number {
  return Math.floor(Number(micros) / 1000);
}

function iso(micros: string): string {
  return new Date(milliseconds(micros)).toISOString();
}
