/** Everything that is on record about a person, as JSON that can be checked (GDPR articles 15 and 20). */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical-json.ts';
import type { Db } from '../connect.ts';
import { consentLedger } from '../consents/consent-ledger.ts';
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
  /** How the hashes were made. */
  readonly algorithm: string;
  /** SHA-256 in hex of the canonical JSON of each section. */
  readonly sections: Readonly<Record<ExportSection, string>>;
  /** The same of `sections` with brand, contact and moment. */
  readonly sha256: string;
}

export type ContactExport = { readonly manifest: ExportManifest } & Readonly<Record<ExportSection, unknown>>;

/**
 * One snapshot of a contact, a few thousand rows at the very most, so it comes in one piece. Of an erased contact it has what is left.
 * Undefined: no such contact of this brand. `now`: epoch ms.
 */
export async function exportContact(
  db: Db,
  brand: string,
  contact: string,
  now: number,
): Promise<ContactExport | undefined> {
  const sections = await db.transaction((trx) => readSections(trx, brand, contact), {
    isolationLevel: 'repeatable read',
    readOnly: true,
  });
  return sections && { manifest: manifestOf(sections, { brand, contact, now }), ...sections };
}

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
  const hashes = Object.fromEntries(
    Object.entries(sections).map(([name, section]) => [name, sha256(section)]),
  ) as ExportManifest['sections'];
  const head = { brand, contact, generatedAt: new Date(now).toISOString() };
  const algorithm = 'SHA-256 of canonical JSON (RFC 8785: keys sorted, no white space)';
  return { ...head, algorithm, sections: hashes, sha256: sha256({ ...head, sections: hashes }) };
}

function sha256(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

async function readSections(trx: Db, brand: string, contact: string): Promise<Sections | undefined> {
  const rows = async (sql: string): Promise<readonly object[]> => {
    const { rows: found } = await trx.raw<{ rows: { row: object }[] }>(sql, { brand, contact });
    return found.map(({ row }) => row);
  };
  const [profile] = await rows(EXPORT_QUERIES.profile);
  const ledger = await consentLedger(trx, brand, contact);
  if (!profile || !ledger) return undefined;
  const { entries, chain } = ledger;
  const [preferences = null] = await rows(EXPORT_QUERIES.preferences);
  return {
    profile,
    addresses: await rows(EXPORT_QUERIES.addresses),
    preferences,
    consents: { chain: chain.kind, entries },
    suppressions: await rows(EXPORT_QUERIES.suppressions),
    orders: await rows(EXPORT_QUERIES.orders),
    messages: await rows(EXPORT_QUERIES.messages),
    inbound: await rows(EXPORT_QUERIES.inbound),
    cases: await rows(EXPORT_QUERIES.cases),
    listChecks: await rows(EXPORT_QUERIES.listChecks),
    decisions: await rows(EXPORT_QUERIES.decisions),
    automatedDecisions: AUTOMATED_DECISIONS,
  };
}

/** What article 15(1)(h) asks for. */
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
