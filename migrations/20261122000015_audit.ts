import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Every change by a person or a key. What can be done, and to what, is listed in domain/access/audit.ts.
    drop trigger append_only on audit_log;
    alter table audit_log
      add column subject_kind text,
      add column subject_id text,
      add column before jsonb,
      add column after jsonb,
      alter column reason drop not null;
    update audit_log set
      subject_kind = case when message_id is null then 'stop' else 'message' end,
      subject_id = coalesce(message_id::text, stop_id::text),
      before = case when message_id is null then details else jsonb_build_object('state', details->'from') end,
      after = case when message_id is null then null else details - 'from' end;
    alter table audit_log
      alter column subject_kind set not null,
      alter column subject_id set not null,
      -- drops their check and index, too
      drop column message_id,
      drop column stop_id,
      drop column details,
      drop constraint audit_log_action_check,
      add check (action ~ '^[a-z][a-z_]*$'),
      add check (subject_kind ~ '^[a-z][a-z_]*$' and subject_id <> ''),
      -- a repair needs a reason, whoever does it
      add check (reason is not null or subject_kind not in ('message', 'stop')),
      add check (jsonb_typeof(before) = 'object' and jsonb_typeof(after) = 'object');
    create index on audit_log (brand_id, id desc);
    create index on audit_log (subject_kind, subject_id, id desc);
    create trigger append_only before update or delete on audit_log for each row execute function refuse_change();
  `);
}

/** Repairs of messages and stops are kept: the former shape has no words for anything else. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    create temporary table repairs as
      select a.brand_id, a.actor, a.action, m.id as message_id, s.id as stop_id, a.reason, a.at,
          case when m.id is null then coalesce(a.before, '{}')
            else jsonb_build_object('from', a.before->'state') || coalesce(a.after, '{}') end as details
        from audit_log a
        left join messages m on a.subject_kind = 'message' and m.id::text = a.subject_id
        left join stops s on a.subject_kind = 'stop' and s.id::text = a.subject_id
       where a.action in ('redrive', 'release', 'give_up', 'release_stop') and num_nonnulls(m.id, s.id) = 1
       order by a.id;
    drop table audit_log;
    create table audit_log (
      id bigint generated always as identity primary key,
      brand_id text not null references brands,
      actor text not null check (actor <> ''),
      action text not null check (action in ('redrive', 'release', 'give_up', 'release_stop')),
      message_id uuid references messages,
      stop_id bigint references stops,
      reason text not null check (reason <> ''),
      details jsonb not null default '{}',
      at timestamptz not null,
      check (num_nonnulls(message_id, stop_id) = 1)
    );
    insert into audit_log (brand_id, actor, action, message_id, stop_id, reason, details, at)
      select brand_id, actor, action, message_id, stop_id, reason, details, at from repairs;
    drop table repairs;
    create index on audit_log (message_id);
    create trigger append_only before update or delete on audit_log for each row execute function refuse_change();
  `);
}
