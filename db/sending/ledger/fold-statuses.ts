/** Functions `fold_statuses` and `fold_status`: they store statuses and move the attempts and messages they are about. */
import type { Receipt } from '../../../domain/sending/ledger.ts';
import { RECEIPTS, receiptRank, stateOfReceipt } from '../../../domain/sending/ledger.ts';
import type { FailureReason } from '../../../domain/sending/reason.ts';

/** The rank from which a message has arrived, whatever became of its other attempts. */
const ARRIVED = receiptRank('delivered');

const REASONS: Readonly<Partial<Record<Receipt, FailureReason>>> = {
  undeliverable: 'undelivered',
  rejected: 'undelivered',
};

/** A price as `0.0333 EUR`. A price in another form is stored as it came and not summed. */
const PRICE = `'^[0-9]{1,6}([.][0-9]{1,10}|) [A-Z]{3}$'`;

const list = (values: readonly (string | null)[]): string => `'{${values.map((value) => value ?? 'null').join(', ')}}'`;

/**
 * The arrays have an element for each status, in the order of (provider, receipt, moment) and without repetitions. `own`: our reference, or
 * for a status without one that of another status of the same message. The answer has a row for each, in this order.
 *
 * Each step is a statement of its own, and only those run that the statuses ask for: as one statement of fifteen parts, most of the time
 * went into making ready the parts that had nothing to do. What is known of a batch is looked up in arrays by position: a join would be
 * planned for 10 rows, and read a table that is still small as a whole.
 *
 * Attempts are locked before messages, both by id, as everywhere; a batch that stores a status which another batch has too holds its
 * attempt. Orphans are inserted in the order of their key. Prices are summed by brand, day and country last, after all other rows are
 * locked. If a later receipt names a higher price, the difference is added.
 *
 * An attempt only ever rises. Its message follows when the attempt rises to an arrival, or when no later attempt may have been taken: the
 * fate of a replaced attempt says nothing about the message. All attempts of the message are locked, so a refusal that is being recorded
 * is seen. A submission is not seen: a failure report that arrives while the attempt is being replaced may still move the message, until
 * the next receipt. A message that is planned again stays as it is when nothing moves it.
 *
 * A number whose message has arrived is usable again on that channel, whatever an earlier report said of it.
 */
const FOLD_STATUSES = `
  create or replace function fold_statuses(refs text[], own text[], providers text[], ranks int[], codes text[], parts int[],
      prices text[], senders text[], moments timestamptz[], at_most timestamptz)
    returns table (kind text, brand text, contact uuid, told boolean)
    language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off as $function$
  declare
    receipts constant text[] := ${list(RECEIPTS)};
    states constant text[] := ${list(RECEIPTS.map(stateOfReceipt))};
    reasons constant text[] := ${list(RECEIPTS.map((receipt) => REASONS[receipt] ?? null))};
    size constant int := cardinality(providers);
    -- by status: its attempt, and whether it is news to it
    about bigint[] := array_fill(cast(null as bigint), array[size]);
    fresh boolean[] := array_fill(false, array[size]);
    -- by attempt, in the order of message and number: as it was, and what its news say
    tried attempts[];
    ids bigint[] := '{}';
    tops int[];
    costs numeric[];
    currencies text[];
    names text[];
    firsts timestamptz[];
    rising bigint[] := '{}';
    paid boolean := false;
    -- by message with news: where its news move it, the submission and the moment they speak of, and its own columns
    subjects uuid[] := '{}';
    moves int[] := '{}';
    sent timestamptz[] := '{}';
    seen timestamptz[] := '{}';
    brands text[] := '{}';
    contacts uuid[] := '{}';
    moving uuid[] := '{}';
    telling uuid[] := '{}';
    news uuid[] := '{}';
    reached text[] := '{}';
    one record;
    a attempts;
    found_id bigint;
    found_message uuid;
    found_sender text;
    open boolean;
    p int;
    k int := 0;
    top int;
    cost numeric;
  begin
    for i in 1 .. size loop
      found_id := null;
      if own[i] is not null then
        select x.id, x.message_id, x.sender into found_id, found_message, found_sender from attempts x where x.client_ref = own[i];
      end if;
      if found_id is null then
        select x.id, x.message_id, x.sender into found_id, found_message, found_sender from attempts x where x.provider_id = providers[i];
      end if;
      if found_id is not null and coalesce(found_sender = senders[i], true) then
        about[i] := found_id;
        if found_message <> all(subjects) then subjects := subjects || found_message; end if;
      end if;
    end loop;
    if subjects <> '{}' then
      select array_agg(x order by x.message_id, x.number), array_agg(x.id order by x.message_id, x.number) into tried, ids
        from (select * from attempts y where y.message_id = any(subjects) order by y.id for update) x;
      for i in 1 .. size loop
        if array_position(ids, about[i]) is null then about[i] := null; end if;
      end loop;
    end if;

    p := 0;
    for one in
      insert into statuses (attempt_id, client_ref, provider_id, status, code, segments, price, sender, occurred_at, received_at)
        select about[i], refs[i], providers[i], receipts[ranks[i]], codes[i], parts[i], prices[i], senders[i], moments[i], at_most
          from generate_series(1, size) i
      on conflict do nothing returning provider_id, status, occurred_at
    loop
      loop
        p := p + 1;
        exit when p >= size or providers[p] = one.provider_id and receipts[ranks[p]] = one.status and moments[p] = one.occurred_at;
      end loop;
      fresh[p] := true;
    end loop;
    if ids is null or ids = '{}' then
      for i in 1 .. size loop
        kind := 'orphan';
        return next;
      end loop;
      return;
    end if;

    -- Orphans that are known now join what was stored.
    perform from statuses s where s.provider_id = any(providers) and s.attempt_id is null limit 1;
    if found then
      for one in
        update statuses s set attempt_id = l.id from unnest(about, providers) n (id, provider_id) join unnest(tried) l on l.id = n.id
         where s.provider_id = n.provider_id and s.provider_id = any(providers) and s.attempt_id is null
           and (s.client_ref is null or s.client_ref = l.client_ref) and (s.sender is null or l.sender is null or s.sender = l.sender)
        returning s.attempt_id, s.provider_id, s.status, s.occurred_at, s.price
      loop
        p := cardinality(about) + 1;
        for i in 1 .. size loop
          if providers[i] = one.provider_id and receipts[ranks[i]] = one.status and moments[i] = one.occurred_at then p := i; end if;
        end loop;
        about[p] := one.attempt_id;
        fresh[p] := true;
        providers[p] := one.provider_id;
        ranks[p] := array_position(receipts, one.status);
        moments[p] := one.occurred_at;
        prices[p] := one.price;
      end loop;
    end if;

    tops := array_fill(cast(null as int), array[cardinality(ids)]);
    costs := array_fill(cast(null as numeric), array[cardinality(ids)]);
    currencies := array_fill(cast(null as text), array[cardinality(ids)]);
    names := currencies;
    firsts := array_fill(cast(null as timestamptz), array[cardinality(ids)]);
    for i in 1 .. cardinality(about) loop
      continue when not fresh[i] or about[i] is null;
      p := array_position(ids, about[i]);
      tops[p] := greatest(tops[p], ranks[i]);
      names[p] := least(names[p], providers[i]);
      firsts[p] := least(firsts[p], moments[i], at_most);
      if prices[i] ~ ${PRICE} then
        costs[p] := greatest(costs[p], cast(split_part(prices[i], ' ', 1) as numeric));
        currencies[p] := greatest(currencies[p], split_part(prices[i], ' ', 2));
      end if;
    end loop;

    -- From the last attempt of a message to its first: 'open' says whether a later one may have been taken.
    subjects := '{}';
    found_message := null;
    for p in reverse cardinality(ids) .. 1 loop
      a := tried[p];
      if found_message is distinct from a.message_id then
        found_message := a.message_id;
        open := false;
      end if;
      top := tops[p];
      if top is not null then
        if subjects[k] is distinct from a.message_id then
          k := k + 1;
          subjects[k] := a.message_id;
          moves[k] := null;
        end if;
        sent[k] := least(sent[k], a.submitted_at);
        seen[k] := least(seen[k], firsts[p]);
        if top > a.receipt_rank and (top >= ${ARRIVED} or not open) then moves[k] := greatest(moves[k], top); end if;
        if top >= ${ARRIVED} and a.address is not null then reached := reached || a.address; end if;
        if costs[p] > coalesce(a.price, -1) then
          paid := paid or a.spend_day is not null;
          rising := rising || a.id;
        elsif top > a.receipt_rank or a.outcome is distinct from 'accepted' or a.provider_id is null or a.finished_at is null then
          rising := rising || a.id;
        end if;
      end if;
      open := open or top is not null or a.outcome is null or a.outcome in ('accepted', 'unknown');
    end loop;
    if rising <> '{}' then
      update attempts x set outcome = 'accepted', settled_by = case x.outcome when 'accepted' then x.settled_by else 'receipt' end,
          provider_id = coalesce(x.provider_id, names[array_position(ids, x.id)]), finished_at = coalesce(x.finished_at, at_most),
          receipt_rank = greatest(x.receipt_rank, tops[array_position(ids, x.id)]), price = greatest(x.price, costs[array_position(ids, x.id)])
        where x.id = any(rising);
    end if;

    if k > 0 then
      for one in
        select x.id, x.brand_id, x.contact_id, x.order_id, x.awaited, x.state, x.receipt_rank, x.submitted_at, x.accepted_at
          from messages x where x.id = any(subjects) order by x.id for update
      loop
        k := array_position(subjects, one.id);
        brands[k] := one.brand_id;
        contacts[k] := one.contact_id;
        top := moves[k];
        if top <= one.receipt_rank and one.receipt_rank >= ${ARRIVED} then
          top := null;
          moves[k] := null;
        end if;
        if top is not null or one.submitted_at is not null and coalesce(seen[k] < one.accepted_at, true) then
          moving := moving || one.id;
        end if;
        if one.awaited and one.order_id is not null and top > 1 and states[top] <> one.state then telling := telling || one.id; end if;
      end loop;
      if moving <> '{}' then
        update messages x set
            state = coalesce(states[moves[array_position(subjects, x.id)]], x.state),
            reason = case when moves[array_position(subjects, x.id)] is null then x.reason else reasons[moves[array_position(subjects, x.id)]] end,
            receipt_rank = coalesce(moves[array_position(subjects, x.id)], x.receipt_rank),
            submitted_at = case when moves[array_position(subjects, x.id)] is null then x.submitted_at
              else coalesce(x.submitted_at, sent[array_position(subjects, x.id)]) end,
            accepted_at = least(x.accepted_at, seen[array_position(subjects, x.id)])
          where x.id = any(moving);
      end if;
      if telling <> '{}' then
        for one in
          insert into inbox (brand_id, order_id, source, event_id, type, occurred_at, payload, request_hash, received_at)
            select x.brand_id, x.order_id, 'dopo', 'status.' || x.id || '.' || x.state, 'message_status', at_most,
                jsonb_build_object('message', x.id, 'status', x.state), '', at_most
              from messages x where x.id = any(telling) order by x.id
          on conflict do nothing returning cast(payload->>'message' as uuid) as id
        loop
          news := news || one.id;
        end loop;
      end if;
      if reached <> '{}' then
        perform from addresses x where x.brand_id = any(brands) and x.address = any(reached) and not x.usable and x.retired_at is null
          order by x.id for update;
        if found then
          update addresses x set usable = true
            from unnest(ids, tops) n (id, top) join attempts t on t.id = n.id join messages m on m.id = t.message_id
           where n.top >= ${ARRIVED} and x.brand_id = m.brand_id and x.channel = m.channel and x.address = t.address and not x.usable
             and x.retired_at is null;
        end if;
      end if;
      if paid then
        insert into spend (brand_id, day, country, messages, amount, currency, last_price)
          select brands[array_position(subjects, x.message_id)], x.spend_day, x.country, count(*) filter (where x.price is null),
              sum(costs[x.n] - coalesce(x.price, 0)), max(currencies[x.n]), max(costs[x.n])
            from (select y.message_id, y.spend_day, y.country, y.price, array_position(ids, y.id) as n from unnest(tried) y) x
           where costs[x.n] > coalesce(x.price, -1) and x.spend_day is not null group by 1, 2, 3 order by 1, 2, 3
        on conflict (brand_id, day, country) do update set messages = spend.messages + excluded.messages,
            amount = spend.amount + excluded.amount, currency = excluded.currency, last_price = excluded.last_price;
      end if;
    end if;

    for i in 1 .. size loop
      p := array_position(ids, about[i]);
      kind := case when p is null then 'orphan' when fresh[i] then 'stored' else 'duplicate' end;
      k := case when kind = 'stored' then array_position(subjects, tried[p].message_id) end;
      brand := brands[k];
      contact := contacts[k];
      told := coalesce(subjects[k] = any(news), false);
      return next;
    end loop;
  end $function$`;

/**
 * The usual status by itself: it names the only attempt of its message, and nothing of it is stored yet. Anything else is left to
 * \`fold_statuses\`, before a row has changed. PL/pgSQL makes each of its expressions ready once in every transaction, so the steps that can
 * hold several statuses cost 0.25 ms more for one. The rules, the locks and their order are the same.
 */
const FOLD_STATUS = `
  create or replace function fold_status(ref text, provider text, rank int, said_code text, parts int, said_price text, from_sender text,
      moment timestamptz, at_most timestamptz, out kind text, out brand text, out contact uuid, out told boolean)
    language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off as $function$
  declare
    a record;
    cost numeric;
    top int;
    its_channel text;
    awaiting boolean;
    before text;
  begin
    select x.id, x.message_id, x.receipt_rank, x.submitted_at, x.address, x.country, x.spend_day, x.price into a from attempts x
      where x.client_ref = ref and coalesce(x.sender = from_sender, true)
        and not exists (select from attempts y where y.message_id = x.message_id and y.number <> x.number)
        and not exists (select from statuses s where s.provider_id = provider and s.attempt_id is null)
      for update of x;
    if found then
      insert into statuses (attempt_id, client_ref, provider_id, status, code, segments, price, sender, occurred_at, received_at)
        values (a.id, ref, provider, (cast(${list(RECEIPTS)} as text[]))[rank], said_code, parts, said_price, from_sender, moment, at_most)
        on conflict do nothing;
    end if;
    if not found then
      select f.* into kind, brand, contact, told from fold_statuses(array[ref], array[ref], array[provider], array[rank], array[said_code],
        array[parts], array[said_price], array[from_sender], array[moment], at_most) f;
      return;
    end if;
    cost := case when said_price ~ ${PRICE} then cast(split_part(said_price, ' ', 1) as numeric) end;
    update attempts x set outcome = 'accepted', settled_by = case x.outcome when 'accepted' then x.settled_by else 'receipt' end,
        provider_id = coalesce(x.provider_id, provider), finished_at = coalesce(x.finished_at, at_most),
        receipt_rank = greatest(x.receipt_rank, rank), price = greatest(x.price, cost)
      where x.id = a.id and (rank > x.receipt_rank or cost > coalesce(x.price, -1) or x.outcome is distinct from 'accepted'
        or x.provider_id is null or x.finished_at is null);
    select 'stored', x.brand_id, x.contact_id, false,
        case when rank > a.receipt_rank and (rank > x.receipt_rank or x.receipt_rank < ${ARRIVED}) then rank end,
        x.channel, x.awaited and x.order_id is not null, x.state
      into kind, brand, contact, told, top, its_channel, awaiting, before from messages x where x.id = a.message_id for update;
    update messages x set
        state = coalesce((cast(${list(RECEIPTS.map(stateOfReceipt))} as text[]))[top], x.state),
        reason = case when top is null then x.reason else (cast(${list(RECEIPTS.map((receipt) => REASONS[receipt] ?? null))} as text[]))[top] end,
        receipt_rank = coalesce(top, x.receipt_rank),
        submitted_at = case when top is null then x.submitted_at else coalesce(x.submitted_at, a.submitted_at) end,
        accepted_at = least(x.accepted_at, moment, at_most)
      where x.id = a.message_id
        and (top is not null or x.submitted_at is not null and coalesce(least(moment, at_most) < x.accepted_at, true));
    if awaiting and top > 1 then
      insert into inbox (brand_id, order_id, source, event_id, type, occurred_at, payload, request_hash, received_at)
        select x.brand_id, x.order_id, 'dopo', 'status.' || x.id || '.' || x.state, 'message_status', at_most,
            jsonb_build_object('message', x.id, 'status', x.state), '', at_most
          from messages x where x.id = a.message_id and x.state <> before
        on conflict do nothing;
      told := found;
    end if;
    if rank >= ${ARRIVED} then
      perform from addresses x where x.brand_id = brand and x.address = a.address and x.channel = its_channel and not x.usable
        and x.retired_at is null;
      if found then
        update addresses x set usable = true where x.brand_id = brand and x.address = a.address and x.channel = its_channel
          and not x.usable and x.retired_at is null;
      end if;
    end if;
    if cost > coalesce(a.price, -1) and a.spend_day is not null then
      insert into spend (brand_id, day, country, messages, amount, currency, last_price)
        values (brand, a.spend_day, a.country, case when a.price is null then 1 else 0 end, cost - coalesce(a.price, 0),
          split_part(said_price, ' ', 2), cost)
        on conflict (brand_id, day, country) do update set messages = spend.messages + excluded.messages,
          amount = spend.amount + excluded.amount, currency = excluded.currency, last_price = excluded.last_price;
    end if;
  end $function$`;

/** In the order they are made in. */
export const FOLD_FUNCTIONS = [FOLD_STATUSES, FOLD_STATUS] as const;
