/** Bugs that the abuse drill has to find. They are planted in the drill's own database: the service has no switch for them. */
import type { Db } from '../../../db/connection/connect.ts';

export const ABUSE_BUGS = {
  joined: "what is known of a victim's order moves to whoever ordered with the victim's number",
  no_limits: 'a number gets as many texts as somebody orders for it',
  settled_anyway: 'a row that was refused counts as told',
  first_come: "the account's lane goes to whoever comes first",
} as const;
export type AbuseBug = keyof typeof ABUSE_BUGS;

export function isAbuseBug(word: string): word is AbuseBug {
  return Object.hasOwn(ABUSE_BUGS, word);
}

/** `owner`: a connection as the owner of the tables, because the service may make no triggers. */
export async function plant(owner: Db, bug: AbuseBug): Promise<void> {
  await owner.raw(PLANTED[bug]);
}

/** SQL that plants each bug, as triggers and rows. `joined` finds the orders by the names that leaks.ts gives them. */
const PLANTED: Readonly<Record<AbuseBug, string>> = {
  joined: `
    create function join_orders() returns trigger language plpgsql security definer as $$ begin
      update orders set contact_id = (select contact_id from orders a
          where a.brand_id = new.brand_id and a.id = replace(new.order_id, 'vero', 'proprio'))
       where brand_id = new.brand_id and id = new.order_id;
      return null;
    end $$;
    create trigger join_orders after insert on inbox for each row
      when (new.type = 'parcel_shipped' and new.order_id like 'vero-%') execute function join_orders()`,
  no_limits: `update brands set settings = jsonb_set(settings, '{limits}',
    coalesce(settings->'limits', '{}') || '{"perNumberPerDay": 200, "perNumberPerWeek": 200, "ordersPerNumberPerDay": 200}')`,
  settled_anyway: `
    create function settle_anyway() returns trigger language plpgsql security definer as $$ begin
      new.applied_at := clock_timestamp(); new.dead_at := null; return new;
    end $$;
    create trigger settle_anyway before update on inbox for each row when (new.tries > old.tries) execute function settle_anyway();`,
  first_come: 'delete from lane_shares',
};
