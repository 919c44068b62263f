/** A STOP from one number of a contact held its other numbers back, and still does after the contact was split. */
import type { Db } from '../../db/connection/connect.ts';
import { timestamp } from '../../db/connection/timestamp.ts';

/**
 * Does what the migration that split the contacts did for the numbers that had a token by then: copies a stop that stood at that
 * moment to the other numbers of the former contact, unless they were opened later. Call in the transaction that makes the tokens of
 * these contacts' numbers or stops: afterwards nothing shows that they were without.
 */
export async function copySplitStops(trx: Db, contacts: readonly string[], now: number): Promise<void> {
  if (contacts.length === 0) return;
  await trx.raw(
    `with splits as (
       select contact_id as former, max(at) as at from contact_splits where contact_id in (
         select contact_id from contact_splits where contact_id = any(:contacts)
         union select contact_id from contact_splits where new_contact_id = any(:contacts)) group by contact_id),
     members as (
       select former, at, former as contact_id from splits
       union all select former, s.at, c.new_contact_id from splits s join contact_splits c on c.contact_id = s.former),
     numbers as (
       select m.former, m.at, a.brand_id, a.token from members m join addresses a on a.contact_id = m.contact_id
        where a.channel = 'sms' and a.token is not null)
     insert into suppressions (brand_id, channel, token, state, source, occurred_at, recorded_at)
       select distinct on (own.brand_id, own.token) own.brand_id, 'sms', own.token, 'stopped', 'split_contact', w.occurred_at,
           cast(:now as timestamptz)
         from numbers own join numbers n on n.former = own.former
           cross join lateral (select s.state, s.occurred_at, s.id from suppressions s
             where s.brand_id = n.brand_id and s.token = n.token and s.occurred_at <= n.at
             order by s.occurred_at desc, s.id desc limit 1) w
        where w.state = 'stopped'
          and not exists (select from suppressions l where l.brand_id = own.brand_id and l.token = own.token and l.state = 'lifted'
            and (l.occurred_at, l.id) > (w.occurred_at, w.id))
          and coalesce((select s.state from suppressions s where s.brand_id = own.brand_id and s.token = own.token
            order by s.occurred_at desc, s.id desc limit 1), 'lifted') <> 'stopped'
        order by own.brand_id, own.token, w.occurred_at desc`,
    { contacts: [...contacts], now: timestamp(now) },
  );
}
