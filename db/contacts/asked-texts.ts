/** Texts that a person has requested on the preference page, until their workflow is known to run. */
import type { CodePurpose } from '../../domain/privacy/access-code.ts';
import type { AskedText } from '../../domain/sending/message.ts';
import type { Db } from '../connection/connect.ts';
import { timestamp } from '../connection/timestamp.ts';
import type { Person } from '../consent/person.ts';
import type { OutboxClaim, ClaimedRow } from '../outbox/outbox.ts';
import { claim } from '../outbox/outbox.ts';

export interface PendingAskedText {
  /** The occurrence in the ledger, as the inbound message is for a reply. */
  readonly inbound: string;
  readonly brand: string;
  readonly contact: string;
  readonly send: AskedText;
  /** Epoch ms. */
  readonly at: number;
}

interface Row extends ClaimedRow {
  readonly id: string;
  readonly brand_id: string;
  readonly contact_id: string;
  readonly kind: AskedText;
  readonly created_at: Date;
}

/** Claims texts whose workflow is not known to run yet. */
export function claimAskedTexts(db: Db, limit: number): Promise<OutboxClaim<PendingAskedText>> {
  const claiming = {
    columns: 'i.contact_id, i.kind, i.created_at',
    order: 'i.next_try_at, i.created_at',
    toItem: (row: Row) => ({
      inbound: row.id,
      brand: row.brand_id,
      contact: row.contact_id,
      send: row.kind,
      at: row.created_at.getTime(),
    }),
  };
  return claim(db, 'asked_text', claiming, limit);
}

/** Has a text sent to the number of a link. `epoch`: of the links that the text belongs to. */
export async function storeAskedText(
  trx: Db,
  { brand, contact, address, epoch }: Pick<Person, 'brand' | 'contact' | 'address' | 'epoch'>,
  { kind, opens }: { readonly kind: AskedText; readonly opens?: CodePurpose },
  now: number,
): Promise<void> {
  const about = { brand_id: brand.id, contact_id: contact, address_id: address.id, link_epoch: epoch };
  await trx('asked_texts').insert({ ...about, kind, ...(opens && { opens }), created_at: new Date(now) });
}

/** Removes a number's rows from before a moment (epoch ms). */
export async function forgetTexts(trx: Db, address: number, before: number): Promise<void> {
  await trx('asked_texts').where({ address_id: address }).where('created_at', '<', timestamp(before)).delete();
}
