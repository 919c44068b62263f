/** Everything that is on record about a person, as JSON that can be checked (GDPR articles 15 and 20). */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../domain/text/canonical-json.ts';
import type { Db } from '../../db/connection/connect.ts';
import type { PagedLedger } from '../../db/consent/consent-ledger.ts';
import { pagedLedger } from '../../db/consent/consent-ledger.ts';
import { pagesOf } from '../../db/connection/pages.ts';
import { EXPORT_QUERIES } from './export-queries.ts';

export type ExportSection =
  | 'profile'
  | 'addresses'
  | 'preferences'
  | 'consents'
  | 'suppressions'
  | 'orders'
  | 'messages'
  | 'inbound'
  | 'cases'
  | 'listChecks'
  | 'decisions'
  | 'automatedDecisions';

export interface ExportManifest {
  readonly brand: string;
  readonly contact: string;
  /** ISO 8601, UTC. */
  readonly generatedAt: string;
  /** The method of the hashes. */
  readonly algorithm: string;
  /** SHA-256 in hex of the canonical JSON of each section. */
  readonly sections: Readonly<Record<ExportSection, string>>;
  /** The same of `sections` with brand, contact and moment. */
  readonly sha256: string;
}

export type ContactExport = { readonly manifest: ExportManifest } & Readonly<Record<ExportSection, unknown>>;

type Sections = Readonly<Record<ExportSection, unknown>>;

/** True if nothing of an export was changed since it was made. */
export function isUnchanged({ manifest, ...sections }: ContactExport): boolean {
  const { brand, contact, generatedAt } = manifest;
  const fresh = manifestOf(sections, { brand, contact, now: Date.parse(generatedAt) });
  return canonicalJson(fresh) === canonicalJson(manifest);
}

function manifestOf(
  sections: Sections,
  { brand, contact, now }: { readonly brand: string; readonly contact: string; readonly now: number },
): ExportManifest {
  const hashes = Object.fromEntries(Object.entries(sections).map(([name, section]) => [name, sha256(section)]));
  return manifestWith(hashes as ExportManifest['sections'], { brand, contact, now });
}

function manifestWith(
  sections: ExportManifest['sections'],
  { brand, contact, now }: { readonly brand: string; readonly contact: string; readonly now: number },
): ExportManifest {
  const head = { brand, contact, generatedAt: new Date(now).toISOString() };
  const algorithm = 'SHA-256 of canonical JSON (RFC 8785: keys sorted, no white space)';
  return { ...head, algorithm, sections, sha256: sha256({ ...head, sections }) };
}

function sha256(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

/** An export whose rows were hashed. They are read a second time while it is written. */
export interface ReadableExport {
  readonly manifest: ExportManifest;
  /** The file in pieces. */
  readonly text: () => AsyncGenerator<string>;
}

/** The most rows of a section in memory at a time. An order comes with up to 500 events and 100 parcels. */
export const PAGE_ROWS = 200;
const PAGE_ORDERS = 20;

/**
 * Reads a contact in a transaction that sees one snapshot. The rows are read twice: once for the hashes, which come
 * first in the file and in the audit log, and again while the file is written. So a contact of 100,000 messages needs
 * no more memory than one of ten. An erased contact has the rows that are left. Undefined: the brand has no such
 * contact. `now`: epoch ms.
 */
export async function readExport(
  trx: Db,
  brand: string,
  contact: string,
  now: number,
): Promise<ReadableExport | undefined> {
  const ledger = await pagedLedger(trx, brand, contact, PAGE_ROWS);
  const [profile] = await rowsOf(trx, 'profile', { brand, contact });
  if (!profile || !ledger) return undefined;
  const sections = sectionsOf(trx, { brand, contact }, profile, ledger);
  const hashes: [string, string][] = [];
  for (const [name, section] of Object.entries(sections)) {
    const hash = createHash('sha256');
    for await (const piece of section()) hash.update(piece);
    hashes.push([name, hash.digest('hex')]);
  }
  const manifest = manifestWith(Object.fromEntries(hashes) as ExportManifest['sections'], { brand, contact, now });
  return {
    manifest,
    async *text() {
      yield `{"manifest":${JSON.stringify(manifest)}`;
      for (const [name, section] of Object.entries(sections)) {
        yield `,${JSON.stringify(name)}:`;
        yield* section();
      }
      yield '}';
    },
  };
}

interface About {
  readonly [column: string]: string;
  readonly brand: string;
  readonly contact: string;
}

async function rowsOf(trx: Db, section: keyof typeof EXPORT_QUERIES, about: About): Promise<readonly object[]> {
  const { rows } = await trx.raw<{ rows: { row: object }[] }>(EXPORT_QUERIES[section], about);
  return rows.map(({ row }) => row);
}

/** Canonical JSON in pieces. Each may be read more than once. */
type Pieces = () => AsyncGenerator<string>;

function sectionsOf(
  trx: Db,
  about: About,
  profile: object,
  ledger: PagedLedger,
): Readonly<Record<ExportSection, Pieces>> {
  const list = (section: keyof typeof EXPORT_QUERIES, size = PAGE_ROWS): Pieces =>
    async function* () {
      yield* listText(pagesOf<{ row: object }>(trx, EXPORT_QUERIES[section], about, size), ({ row }) => row);
    };
  const whole = (read: () => unknown): Pieces =>
    async function* () {
      yield canonicalJson(await read());
    };
  return {
    profile: whole(() => profile),
    addresses: list('addresses'),
    preferences: whole(async () => (await rowsOf(trx, 'preferences', about))[0] ?? null),
    consents: async function* () {
      yield `{"chain":${canonicalJson(ledger.chain.kind)},"entries":`;
      yield* listText(ledger.pages(), (entry) => entry);
      yield '}';
    },
    suppressions: list('suppressions'),
    orders: list('orders', PAGE_ORDERS),
    messages: list('messages'),
    inbound: list('inbound'),
    cases: list('cases'),
    listChecks: list('listChecks'),
    decisions: list('decisions'),
    automatedDecisions: whole(() => AUTOMATED_DECISIONS),
  };
}

async function* listText<Row>(
  pages: AsyncIterable<readonly Row[]>,
  valueOf: (row: Row) => unknown,
): AsyncGenerator<string> {
  let before = '[';
  for await (const page of pages) {
    yield before + page.map((row) => canonicalJson(valueOf(row))).join(',');
    before = ',';
  }
  yield before === '[' ? '[]' : ']';
}

/** The information that article 15(1)(h) asks for. */
const AUTOMATED_DECISIONS = {
  what: 'Whether and when a text message is sent is decided by fixed rules, without a person and without a profile that is learned.',
  logic:
    'The first rule that is not fulfilled decides: the number is not stopped, the consent that the class of the message needs is in force, ' +
    'the choices of the customer allow it, the hour is allowed wherever the customer may be, and no cap is full. Every decision stands ' +
    'under "decisions" with the id of its rule.',
  effect: 'A message is sent, sent later or not sent. There is no other effect.',
  contest:
    'Messages can be stopped at any time, by an answer or on the preference page. The shop can have any decision looked at by a person.',
} as const;
