/**
 * Compares the marks that allow a person's consents to be deleted with the entries of the audit log that the database
 * makes of them. Values are compared as text: the service can write an entry with any content, and that must not stop
 * the comparison.
 */
import type { Db } from '../connection/connect.ts';

/** As the functions `start_proof` and `end_proofs` write a moment. */
const written = (moment: string): string => `to_char(${moment} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** Selects the entry about `contact` (an expression) whose `field` is the moment `mark`. */
const entryWith = (contact: string, action: string, field: string, mark: string): string =>
  `select from audit_log a join audit_chain h on h.entry = a.id and h.brand_id = a.brand_id where a.brand_id = :brand
     and a.subject_kind = 'contact' and a.subject_id = cast(${contact} as text) and a.action = '${action}'
     and a.after->>'${field}' = ${written(mark)}`;

/** A condition: the audit log says that the proof of `contact` has ended at `mark`. */
export const endIsWritten = (contact: string, mark: string): string =>
  `exists (${entryWith(contact, 'end_proof', 'proofEndedAt', mark)})`;

const FLAWS: readonly (readonly [flaw: string, contacts: string])[] = [
  [
    'no entry of the audit log says when its proof ends',
    `select id::text as contact from contacts c where brand_id = :brand and proof_until is not null
       and not exists (${entryWith('c.id', 'start_proof', 'proofUntil', 'c.proof_until')})`,
  ],
  [
    'no entry of the audit log says that its proof has ended',
    `select id::text as contact from contacts c where brand_id = :brand and proof_ended_at is not null
       and not ${endIsWritten('c.id', 'c.proof_ended_at')}`,
  ],
  [
    'its proof runs, and its person is not erased',
    `select id::text as contact from contacts where brand_id = :brand and proof_set_at is not null and erased_at is null`,
  ],
  [
    'its proof has ended before its time',
    `select id::text as contact from contacts where brand_id = :brand and proof_ended_at < coalesce(proof_until, 'infinity')`,
  ],
  [
    'evidence of its consents is gone before its time',
    `select distinct contact_id::text as contact from consents k where brand_id = :brand and evidence_hash is not null
       and occurred_at > now() - interval '2 years' and not exists (select from consent_evidence e where e.hash = k.evidence_hash)
       and not exists (select from contacts c where c.id = k.contact_id and c.proof_set_at is not null)`,
  ],
  [
    // The database dates both by its clock. Entries of other processes may overtake them by seconds.
    'the end of its proof is dated before entries that the audit log had already',
    `select distinct subject_id as contact from (
         select a.*, max(a.at) over (order by h.seq rows between unbounded preceding and 1 preceding) as latest
           from audit_chain h join audit_log a on a.id = h.entry where h.brand_id = :brand and a.brand_id = :brand) a
      where action in ('start_proof', 'end_proof') and at < latest - interval '1 hour'`,
  ],
];

/** A line for each mark that only the owner of the tables can have made. */
export async function flawsOfMarks(db: Db, brand: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [flaw, contacts] of FLAWS) {
    const { rows } = await db.raw<{ rows: { contact: string }[] }>(`${contacts} order by 1`, { brand });
    found.push(...rows.map(({ contact }) => `contact ${contact}: ${flaw}`));
  }
  return found;
}
