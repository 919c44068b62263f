import type { Residence } from '../../domain/privacy/retention.ts';
import type { Db } from '../connection/connect.ts';

/** The recorded places of a contact. */
export async function residenceOf(db: Db, contact: string): Promise<Residence> {
  const { rows } = await db.raw<{ rows: ResidenceRow[] }>(`${RESIDENCES} where c.id = ?`, [contact]);
  return rows[0] ? toResidence(rows[0]) : { numbers: [] };
}

interface ResidenceRow {
  readonly country: string | null;
  readonly region: string | null;
  readonly numbers: readonly string[];
}

const RESIDENCES = `select c.country, c.region, array(select distinct a.country from addresses a
  where a.contact_id = c.id and a.country is not null order by 1) as numbers from contacts c`;

/** Every combination that there is, or was, among the contacts of all brands: triggers note each once. */
export async function residences(db: Db): Promise<readonly Residence[]> {
  const rows: ResidenceRow[] = await db('residences').select('country', 'region', 'numbers');
  return rows.map(toResidence);
}

function toResidence({ country, region, numbers }: ResidenceRow): Residence {
  return { numbers, ...(country !== null && { country }), ...(region !== null && { region }) };
}
