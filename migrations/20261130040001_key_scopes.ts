import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table api_keys
      -- empty: the key may do nothing, which is what a key made by an older version during a deployment gets
      add column scopes text[] not null default '{}',
      add column expires_at timestamptz,
      -- written at most once a minute per key
      add column last_used_at timestamptz;

    -- Keys go on doing what they did, apart from the one of \`npm start\`, which is for the tour.
    update api_keys set scopes = case when label = 'npm start' then '{orders:write,orders:read}'::text[]
      else '{orders:write,orders:read,contacts:read,consent,privacy,repair,admin}'::text[] end;

    -- The label stands in the audit log, so two open keys may not share one: the newest keeps it.
    update api_keys k set label = k.label || ' #' || k.id
      where k.revoked_at is null and exists (select from api_keys n
        where n.brand_id = k.brand_id and n.label = k.label and n.revoked_at is null and n.id > k.id);
    create unique index api_keys_open_label on api_keys (brand_id, label) where revoked_at is null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index api_keys_open_label;
    alter table api_keys drop column scopes, drop column expires_at, drop column last_used_at;
  `);
}
