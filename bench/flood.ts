/**
 * Writes an order with thousands of facts directly into the database: an installation from before the limits may have
 * such an order.
 */
import type { Db } from '../db/connection/connect.ts';
import { BASE_CHANNEL } from '../domain/sending/message.ts';
import { insertDecisions } from '../db/sending/gate/decision-row.ts';

interface Flood {
  readonly brand: string;
  readonly order: string;
  readonly count: number;
  /** Epoch ms. */
  readonly at: number;
}

/**
 * Nine of ten facts are scans of a hundred parcels; the others are changes of the order, each with a message. The
 * workflow was told of none.
 */
export async function floodInbox(db: Db, { brand, order, count, at }: Flood): Promise<void> {
  await db.raw(
    `insert into inbox (brand_id, order_id, source, event_id, type, occurred_at, payload, request_hash, received_at)
       select :brand, :order, 'api', 'flood-' || n, case when n % 10 = 0 then 'order_updated' else 'parcel_out_for_delivery' end,
           cast(:at as timestamptz) + n * interval '1 millisecond',
           case when n % 10 = 0 then '{}' else jsonb_build_object('parcel', 'p' || n % 100) end, '\\x00', cast(:at as timestamptz)
         from generate_series(1, :count) n`,
    { brand, order, count, at: new Date(at).toISOString() },
  );
}

/** A text about each of the facts, and for each text an earlier decision that postponed it. */
export async function floodLedger(db: Db, { contact, ...flood }: Flood & { readonly contact: string }): Promise<void> {
  const bindings = { ...flood, contact, at: new Date(flood.at).toISOString() };
  await db.raw(
    insertDecisions({
      from: `(select :brand as brand_id, :order as order_id, cast(:contact as uuid) as contact_id, 'order_updated' as step,
          'flood-' || n as occurrence, 'order_updated' as kind, '${BASE_CHANNEL}' as channel, n from generate_series(1, :count) n) m`,
      at: "cast(:at as timestamptz) + m.n * interval '1 millisecond'",
      outcome: "'wait'",
      reason: "'quiet_hours'",
      until: "cast(:at as timestamptz) + interval '9 hours'",
      rule: "'it.hours'",
    }),
    bindings,
  );
  await db.raw(
    `insert into messages (brand_id, order_id, contact_id, step, occurrence, kind, class, channel, state, triggered_at, due_at, useful_until,
         body, segments, submitted_at, accepted_at, created_at)
       select :brand, :order, :contact, 'order_updated', 'flood-' || n, 'order_updated', 'transactional', '${BASE_CHANNEL}', 'delivered', cast(:at as timestamptz),
           cast(:at as timestamptz), cast(:at as timestamptz) + interval '1 day', 'text', 1, moment.at, moment.at, moment.at
         from generate_series(1, :count) n, lateral (select cast(:at as timestamptz) + n * interval '1 millisecond' as at) moment`,
    bindings,
  );
}
