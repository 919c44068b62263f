/** Bugs that the abuse drill must find. They are planted in the drill's own database: the service has no switch for them. */
import type { Db } from '../../db/connect.ts';

export const BUGS = {
  joined: "what is known of a victim's order moves to whoever ordered with the victim's number",
  no_limits: 'a number gets as many texts as somebody orders for it',
  settled_anyway: 'a row that was refused counts as told',
  first_come: "the account's lane goes to whoever comes first",
} as const;
export type Bug = keyof typeof BUGS;

export function isBug(word: string): word is Bug {
  return Object.hasOwn(BUGS, word);
}

export async function plant(db: Db, bug: Bug): Promise<void> {
  await db.raw(PLANTED[bug]);
}

/** As triggers and rows; `joined` waits for the order of a victim (leaks.ts names them so) that an attacker ordered for as well. */
const PLANTED: Readonly<Record<Bug, string>> = {
  joined: `
    create function join_orders() returns trigger language plpgsql as $$ begin
      update orders set contact_id = (select contact_id from orders a where a.id = replace(new.id, 'vero', 'proprio'))
       where id = new.id and exists (select from orders a where a.id = replace(new.id, 'vero', 'proprio') and a.contact_id is not null);
      update orders set contact_id = new.contact_id where id = replace(new.id, 'proprio', 'vero') and new.id like 'proprio%';
      return null;
    end $$;
    create trigger join_orders after insert or update of name on orders for each row
      when (new.id like 'vero%' or new.id like 'proprio%') execute function join_orders();`,
  no_limits: `update brands set settings = jsonb_set(settings, '{limits}',
    coalesce(settings->'limits', '{}') || '{"perNumberPerDay": 200, "perNumberPerWeek": 200, "ordersPerNumberPerDay": 200}')`,
  settled_anyway: `
    create function settle_anyway() returns trigger language plpgsql as $$ begin
      new.applied_at := clock_timestamp(); new.dead_at := null; return new;
    end $$;
    create trigger settle_anyway before update on inbox for each row when (new.tries > old.tries) execute function settle_anyway();`,
  first_come: 'delete from lane_shares',
};
