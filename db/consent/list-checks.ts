import type { Db } from '../connection/connect.ts';

/** The answer of a list outside of Dopo about a contact's number. */
export interface ListCheck {
  readonly brand: string;
  readonly contact: string;
  /** As the country's rules name it: `sg_dnc`. */
  readonly list: string;
  readonly listed: boolean;
  /** When the list was asked, epoch ms. */
  readonly at: number;
}

/** Keeps an answer; a trigger moves the contact's gate version. Answers are never changed: the latest counts. */
export async function storeListCheck(
  db: Db,
  { brand, contact, list, listed, at }: ListCheck,
  now: number,
): Promise<void> {
  await db('list_checks').insert({
    brand_id: brand,
    contact_id: contact,
    list,
    listed,
    checked_at: new Date(at),
    recorded_at: new Date(now),
  });
}
