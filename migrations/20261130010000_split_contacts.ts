import type { Knex } from 'knex';

/**
 * A contact with several numbers becomes one contact per number, before the next migration makes that the rule. The first number keeps
 * the contact, because the contact was made for it. Rows go to a number as far as their times show it; other rows go to no number, which
 * is the safe answer.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- What was split, for the report: ids only.
    create table contact_splits (
      id bigint generated always as identity primary key,
      brand_id text not null,
      contact_id uuid not null,
      new_contact_id uuid not null unique,
      -- false: of the orders of which nobody knows the number
      has_number boolean not null,
      orders int not null,
      at timestamptz not null,
      foreign key (brand_id, contact_id) references contacts (brand_id, id),
      foreign key (brand_id, new_contact_id) references contacts (brand_id, id)
    );
    create index on contact_splits (contact_id);

    create temp table split_numbers on commit drop as
      select brand_id, contact_id, address, since, until, rank, case rank when 1 then contact_id else gen_random_uuid() end as target,
          min(since) filter (where rank = 2) over (partition by contact_id) as second_since
        from (select brand_id, contact_id, address, min(created_at) as since, max(last_used_at) as until,
              row_number() over (partition by contact_id order by min(created_at), min(id)) as rank,
              count(*) over (partition by contact_id) as numbers
            from addresses group by brand_id, contact_id, address) n
       where numbers > 1;
    create index on split_numbers (contact_id);
    create index on split_numbers (brand_id, address);

    -- An order came with a number at the very moment that the number came first or last. Else it came with the only one that was in use.
    create temp table split_orders on commit drop as
      select o.brand_id, o.id, o.contact_id, o.placed_at, p.received_at as at,
          case when n.exact = 1 then n.exact_target when n.exact = 0 and n.possible = 1 then n.possible_target end as target
        from (select distinct contact_id from split_numbers) s join orders o on o.contact_id = s.contact_id
          left join inbox p on p.brand_id = o.brand_id and p.order_id = o.id and p.source = 'dopo' and p.event_id = 'order_placed'
          cross join lateral (select count(*) filter (where p.received_at in (since, until)) as exact,
              (array_agg(target) filter (where p.received_at in (since, until)))[1] as exact_target,
              count(*) filter (where p.received_at between since and until) as possible,
              (array_agg(target) filter (where p.received_at between since and until))[1] as possible_target
            from split_numbers where contact_id = o.contact_id) n;
    create temp table split_nobodies on commit drop as
      select contact_id, min(brand_id) as brand_id, gen_random_uuid() as target from split_orders where target is null group by contact_id;
    update split_orders o set target = n.target from split_nobodies n where n.contact_id = o.contact_id and o.target is null;
    create index on split_orders (brand_id, id);
    create index on split_orders (contact_id, at);

    insert into contacts (id, brand_id, created_at)
      select target, brand_id, since from split_numbers where rank > 1
      union all select target, brand_id, now() from split_nobodies;
    -- Name, language and place are those of the order that came last: they go with it.
    create temp table split_latest on commit drop as
      select distinct on (contact_id) contact_id, target from split_orders order by contact_id, at desc nulls last, placed_at desc, id;
    update contacts n set external_id = c.external_id, first_name = c.first_name, last_name = c.last_name, locale = c.locale,
        zone = case when not c.zone_chosen then c.zone end, country = c.country, region = c.region, city = c.city, postcode = c.postcode,
        loyalty = c.loyalty
      from split_latest l join contacts c on c.id = l.contact_id where n.id = l.target and n.id <> c.id;
    update contacts c set gate_version = gate_version + 1, external_id = null, first_name = null, last_name = null, locale = null,
        zone = null, zone_chosen = false, country = null, region = null, city = null, postcode = null, loyalty = '{}'
      from (select distinct contact_id from split_numbers) s
     where c.id = s.contact_id and not exists (select from split_latest l where l.contact_id = c.id and l.target = c.id);

    -- A STOP from one number held the others back. It still does.
    insert into suppressions (brand_id, channel, token, state, source, occurred_at, recorded_at)
      select distinct on (a.token) a.brand_id, 'sms', a.token, 'stopped', 'split_contact', w.occurred_at, now()
        from split_numbers own join addresses a on a.contact_id = own.contact_id and a.address = own.address and a.channel = 'sms'
          join addresses n on n.contact_id = own.contact_id and n.token is not null
          cross join lateral (select s.state, s.occurred_at, s.id from suppressions s
            where s.brand_id = n.brand_id and s.token = n.token order by s.occurred_at desc, s.id desc limit 1) w
       where a.token is not null and w.state = 'stopped'
         and not exists (select from suppressions l where l.brand_id = a.brand_id and l.token = a.token and l.state = 'lifted'
           and (l.occurred_at, l.id) > (w.occurred_at, w.id))
         and coalesce((select s.state from suppressions s where s.brand_id = a.brand_id and s.token = a.token
           order by s.occurred_at desc, s.id desc limit 1), 'lifted') <> 'stopped'
       order by a.token, w.occurred_at desc;

    -- Which number an entry about consents is of: of the one that wrote, of the order it came with, or of the only one there was.
    create temp table split_consents on commit drop as
      select k.*, coalesce(
          (select n.target from inbound_messages i join split_numbers n on n.brand_id = i.brand_id and n.address = i.address
            where i.id = case when k.source ~ '^inbound:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then substr(k.source, 9)::uuid end
              and n.contact_id = k.contact_id),
          (select case when count(distinct o.target) = 1 then (array_agg(o.target))[1] end from split_orders o
            where k.actor = 'shop' and o.contact_id = k.contact_id and o.at = k.recorded_at),
          case when k.recorded_at < s.second_since then k.contact_id end) as target
        from (select contact_id, min(second_since) as second_since from split_numbers group by contact_id) s
          join consents k on k.contact_id = s.contact_id;

    update addresses a set contact_id = n.target from split_numbers n
     where n.rank > 1 and a.contact_id = n.contact_id and a.address = n.address;
    update orders o set contact_id = s.target from split_orders s where o.brand_id = s.brand_id and o.id = s.id and s.target <> s.contact_id;
    -- Their runs are told. A correction by the shop stands over it, whenever it says it happened.
    insert into inbox (brand_id, order_id, source, event_id, type, occurred_at, payload, request_hash, received_at)
      select brand_id, id, 'dopo', 'contact_split', 'order_corrected', placed_at, jsonb_build_object('contact', target), '\\x', now()
        from split_orders where target <> contact_id;

    update messages m set contact_id = s.target from split_orders s
     where m.brand_id = s.brand_id and m.order_id = s.id and m.contact_id = s.contact_id and s.target <> s.contact_id;
    update messages m set contact_id = n.target from split_numbers n
     where m.contact_id = n.contact_id and n.rank > 1 and m.order_id is null and n.address = coalesce(
       (select i.address from inbound_messages i where i.brand_id = m.brand_id
         and i.id = case when m.occurrence ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then m.occurrence::uuid end),
       (select a.address from attempts a where a.message_id = m.id order by a.number desc limit 1));
    -- Their text was made for whoever the contact was: they are planned anew.
    update messages m set state = 'skipped', reason = 'number_corrected', slot_at = null from split_orders s
     where m.brand_id = s.brand_id and m.order_id = s.id and m.state = 'planned';
    update decisions d set contact_id = s.target from split_orders s
     where d.brand_id = s.brand_id and d.order_id = s.id and d.contact_id = s.contact_id and s.target <> s.contact_id;

    insert into conversations (brand_id, contact_id, opened_at, last_at)
      select n.brand_id, n.target, min(i.occurred_at), max(i.occurred_at) from split_numbers n
        join conversations v on v.contact_id = n.contact_id
        join inbound_messages i on i.conversation_id = v.id and i.address = n.address
       where n.rank > 1 group by n.brand_id, n.target;
    update inbound_messages i set conversation_id = own.id from split_numbers n
      join conversations v on v.contact_id = n.contact_id join conversations own on own.contact_id = n.target
     where n.rank > 1 and i.conversation_id = v.id and i.address = n.address;
    update inbound_messages i set order_id = null from conversations v, split_orders s
     where v.id = i.conversation_id and s.brand_id = i.brand_id and s.id = i.order_id and v.contact_id <> s.target;
    update cases k set contact_id = s.target from split_orders s
     where k.brand_id = s.brand_id and k.order_id = s.id and k.contact_id = s.contact_id and s.target <> s.contact_id;
    update cases k set contact_id = v.contact_id from inbound_messages i join conversations v on v.id = i.conversation_id
     where i.id = case when k.cause ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then k.cause::uuid end and k.brand_id = i.brand_id and k.contact_id in (select contact_id from split_numbers)
       and k.contact_id <> v.contact_id;

    -- What may keep messages from going out holds for all of them.
    insert into preferences (contact_id, brand_id, topics_off, channels_off, most_per_week, paused_until, updated_at)
      select n.target, p.brand_id, p.topics_off, p.channels_off, p.most_per_week, p.paused_until, p.updated_at
        from split_numbers n join preferences p on p.contact_id = n.contact_id where n.rank > 1;
    delete from list_checks l using (select contact_id, min(second_since) as second_since from split_numbers group by contact_id) s
     where l.contact_id = s.contact_id and l.recorded_at >= s.second_since;
    insert into erasures (brand_id, contact_id, requested_at, requested_by, source)
      select e.brand_id, t.target, e.requested_at, e.requested_by, e.source
        from (select contact_id, target from split_numbers where rank > 1 union all select contact_id, target from split_nobodies) t
          join erasures e on e.contact_id = t.contact_id where e.done_at is null;

    -- A no is of all numbers, a yes of its own.
    insert into consents (brand_id, contact_id, channel, class, night, action, basis, wording, locale, source, occurred_at, recorded_at,
        expires_at, actor)
      select k.brand_id, n.target, k.channel, k.class, k.night, k.action, k.basis, k.wording, k.locale, k.source, k.occurred_at,
          k.recorded_at, k.expires_at, k.actor
        from split_numbers n join split_consents k on k.contact_id = n.contact_id
       where n.rank > 1 and (k.action = 'withdrawn' or (k.action in ('granted', 'confirmed', 'reconfirmed') and k.target = n.target))
       order by n.target, k.id;
    insert into consents (brand_id, contact_id, channel, class, night, action, basis, wording, source, occurred_at, recorded_at, actor)
      select brand_id, contact_id, 'sms', class, night, 'withdrawn', (array_agg(basis order by id desc))[1],
          'Taken back: it was given for another number, or nobody knows for which.', 'split_contact', now(), now(), 'dopo'
        from split_consents where action in ('granted', 'confirmed', 'reconfirmed')
       group by brand_id, contact_id, class, night
      having not coalesce(bool_or(action = 'granted' and target = contact_id), false)
         or (bool_or(action <> 'granted' and target is distinct from contact_id)
           and not coalesce(bool_or(action <> 'granted' and target = contact_id), false));

    insert into contact_splits (brand_id, contact_id, new_contact_id, has_number, orders, at)
      select t.brand_id, t.contact_id, t.target, t.has_number, (select count(*) from split_orders o where o.target = t.target), now()
        from (select brand_id, contact_id, target, true as has_number from split_numbers where rank > 1
          union all select brand_id, contact_id, target, false from split_nobodies) t;
    drop table split_numbers, split_orders, split_nobodies, split_latest, split_consents;
  `);
}

/** Split contacts stay split: the rows do not tell which numbers were one contact, and nothing needs to know. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table contact_splits');
}
