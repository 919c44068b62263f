/** The export of a contact, read as a file. */
import type { Db } from '../../db/connection/connect.ts';
import type { ContactExport } from '../../queries/privacy/export.ts';
import { readExport } from '../../queries/privacy/export.ts';

export async function exportedOf(
  db: Db,
  brand: string,
  contact: string,
  now: number,
): Promise<ContactExport | undefined> {
  return db.transaction(
    async (trx) => {
      const found = await readExport(trx, brand, contact, now);
      if (!found) return undefined;
      let text = '';
      for await (const piece of found.text()) text += piece;
      return JSON.parse(text) as ContactExport;
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  );
}
