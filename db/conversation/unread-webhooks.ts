/** Webhooks whose content could not be stored as intended. They are kept for an operator, within fixed limits. */
import { createHash } from 'node:crypto';
import { DAY } from '../../domain/time/duration.ts';
import type { Db } from '../connection/connect.ts';
import { timestamp } from '../connection/timestamp.ts';

export interface UnreadWebhook {
  readonly kind: 'status' | 'inbound';
  /** The reason that it was not read, a word. */
  readonly why: string;
  /** The body as received, only if the provider has signed it: an unsigned body proves nothing. */
  readonly body?: Buffer;
}

/** Rows kept, the newest. 1,000 bodies of 64 KB are 64 MB at the very most. */
const MOST = { signed: 1000, unsigned: 100 };
/** Bodies may hold numbers and texts of customers. */
const KEPT_FOR = 30 * DAY;

/** Keeps an unread webhook, once per body, and deletes the oldest. `now`: epoch ms. */
export async function storeUnreadWebhook(db: Db, { kind, why, body }: UnreadWebhook, now: number): Promise<void> {
  const most = body ? MOST.signed : MOST.unsigned;
  await db.raw(
    `with gone as (
       delete from unread_webhooks where received_at < :oldest
         or id in (select id from unread_webhooks where (body is not null) = :signed order by id desc offset :most))
     insert into unread_webhooks (received_at, kind, why, body, body_hash) values (:now, :kind, :why, :body, :hash)
     on conflict (body_hash) do nothing`,
    {
      kind,
      why,
      body: body ?? null,
      hash: body ? createHash('sha256').update(body).digest() : null,
      signed: body !== undefined,
      most: most - 1,
      now: timestamp(now),
      oldest: timestamp(now - KEPT_FOR),
    },
  );
}

/** SQLSTATE: a row that is referred to is missing. */
const MISSING_REFERENCE = '23503';
/** SQLSTATE classes: data exception, integrity constraint violation. */
const BAD_DATA = /^2[23]/;

/** True for data that a statement cannot store, however often it is tried. */
export function isUnstorable(error: unknown): boolean {
  return BAD_DATA.test(sqlStateOf(error)) && !isReferenceMissing(error);
}

/** True where a row that is referred to may come later: the row of a new channel is made by the process that migrates. */
export function isReferenceMissing(error: unknown): boolean {
  return sqlStateOf(error) === MISSING_REFERENCE;
}

function sqlStateOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
