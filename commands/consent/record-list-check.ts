import { recordAudit } from '../../db/access/record-audit.ts';
import type { Db } from '../../db/connection/connect.ts';
import { storeListCheck } from '../../db/consent/consents.ts';
import { isPresent } from '../../db/contacts/contacts.ts';

export interface ListChecked {
  readonly brand: string;
  readonly contact: string;
  readonly actor: string;
  readonly list: string;
  readonly listed: boolean;
  /** When the list was asked, epoch ms. */
  readonly at: number;
}

/** Keeps the answer of an outside list about a contact's number. Returns false if the brand has no such contact, or has erased it. */
export async function recordListCheck(db: Db, { actor, ...check }: ListChecked, now: number): Promise<boolean> {
  const { brand, contact, list, listed } = check;
  return db.transaction(async (trx) => {
    if (!(await isPresent(trx, brand, contact))) return false;
    await storeListCheck(trx, check, now);
    const subject = { kind: 'contact', id: contact } as const;
    await recordAudit(trx, { brand, actor, action: 'record_list_check', subject, after: { list, listed } }, now);
    return true;
  });
}
