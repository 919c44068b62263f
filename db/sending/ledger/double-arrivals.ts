import type { Db } from '../../connection/connect.ts';

/** Messages sent within the last 7 days that have reached a phone on two channels: a late receipt came after the second was sent. */
export async function countDoubleArrivals(db: Db): Promise<number> {
  const { rows } = await db.raw<{ rows: { count: number }[] }>(
    `select count(*) as count from messages second
      where second.channel_index > 0 and second.submitted_at > now() - interval '7 days' and second.state in ('delivered', 'read')
        and exists (select from messages first where first.contact_id = second.contact_id
          and (first.order_id, first.step, first.occurrence) is not distinct from (second.order_id, second.step, second.occurrence)
          and first.channel_index < second.channel_index and first.state in ('delivered', 'read'))`,
  );
  return rows[0]?.count ?? 0;
}
