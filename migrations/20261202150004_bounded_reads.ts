import type { Knex } from 'knex';

/** Indexes of statements that read a whole table, or all rows of a contact with 30,000 orders. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create index inbox_tiers on inbox (brand_id, order_id) where type = 'tier_reached';
    -- a page of a contact's orders, and whether all of them are one customer's
    create index orders_of_contact on orders (contact_id, created_at desc, id);
    create index orders_said_of_contact on orders (contact_id, customer_id);
    -- a reply's occurrence is the text that it answers
    create index messages_in_reply on messages (brand_id, occurrence) where order_id is null;
    -- what waits for its moment: the gate asks for it each time, and a till has 60,000 decisions
    create index decisions_put_off on decisions (contact_id, wait_until) where outcome = 'wait';
    create index cases_of_contact on cases (contact_id, id);
    drop index audit_log_brand_id_id_idx;
    create index audit_log_by_time on audit_log (brand_id, at desc, id desc);
    create index audit_log_by_actor on audit_log (brand_id, actor, at desc, id desc);
    create index audit_log_by_action on audit_log (brand_id, action, at desc, id desc);
    create index audit_log_by_kind on audit_log (brand_id, subject_kind, at desc, id desc);
    create index erasures_open on erasures (id) where done_at is null;
    create index erasure_redactions_refused on erasure_redactions (erasure_id) where result = 'refused';
    -- counted at every scrape of the metrics
    create index cases_open_kinds on cases (kind) where closed_at is null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index inbox_tiers, orders_of_contact, orders_said_of_contact, messages_in_reply, decisions_put_off, cases_of_contact, audit_log_by_time,
      audit_log_by_actor, audit_log_by_action, audit_log_by_kind, erasures_open, erasure_redactions_refused, cases_open_kinds;
    create index audit_log_brand_id_id_idx on audit_log (brand_id, id desc);
  `);
}
