/** Copies refusals that were given over a number before its new owner was known. */
import type { Db } from '../connection/connect.ts';
import { timestamp } from '../connection/timestamp.ts';

interface Handover {
  /** The former owner's contact and the new owner's. */
  readonly from: string;
  readonly to: string;
  /** The moment from which the number is known to belong to another person, epoch ms. */
  readonly since: number;
}

/**
 * Copies withdrawals and choices that were made on the page after that moment, when the number had its new owner or
 * none. Only refusals are copied: a wrong refusal costs a promotion, but a missing one sends a promotion against a
 * person's will. The former owner's contact keeps its own. Call before the order's consents are recorded.
 */
export async function inheritRefusals(trx: Db, { from, to, since }: Handover): Promise<void> {
  const about = { from, to, since: timestamp(since) };
  await trx.raw(
    `insert into consents (brand_id, contact_id, channel, class, night, action, basis, wording, locale, source, occurred_at, recorded_at, actor)
       select brand_id, :to, channel, class, night, action, basis, wording, locale, source, occurred_at, recorded_at, actor
         from consents where contact_id = :from and action = 'withdrawn' and occurred_at > :since order by id`,
    about,
  );
  await trx.raw(
    `insert into preferences (contact_id, brand_id, topics_off, channels_off, most_per_week, paused_until, updated_at)
       select :to, brand_id, topics_off, channels_off, most_per_week, paused_until, updated_at
         from preferences where contact_id = :from and updated_at > :since`,
    about,
  );
}
