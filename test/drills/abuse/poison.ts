/**
 * Rows that cannot be told: orders with a later version's journey, facts of unknown types, a torn redelivery, a consent check that
 * throws. Everything else has to go on. None of these rows may get lost: each becomes a dead letter, and is told once it can be.
 */
import type { Awaited } from './judge.ts';
import type { AbuseShop } from './shop.ts';
import type { AbuseStage } from './stage.ts';
import { until } from './wait.ts';

export interface Poisoned {
  /** Orders that are placed while the poison is there. */
  readonly awaited: readonly Awaited[];
  /** Orders that could not be told, and have to be texted after the redrive. */
  readonly redriven: readonly Awaited[];
  /** Rows that are neither told nor pending nor dead letters. */
  readonly lost: number;
  readonly deadLetters: number;
}

const STUCK = 12;
const ORDERS = 10;
/** On a busy machine texts took more than half a minute. A text that has not come after this time is lost. */
const LIMIT_MS = 120_000;
const phoneOf = (kind: number, number: number): string => `+39347556${kind}${String(number).padStart(3, '0')}`;

export async function poison({ owner: db, quiet, vonage }: AbuseStage): Promise<Poisoned> {
  // As after a rollback: the journey was compiled by a later version. It is changed behind the statement that stores the order, whose process
  // would otherwise take the changed one for its own and give it to the orders after it.
  await db.raw(`
    create table later_journeys (id text primary key, hash bytea);
    create function later_journey() returns trigger language plpgsql security definer as $$ begin
      insert into later_journeys values (new.id, new.journey_hash) on conflict do nothing;
      update orders set journey_hash = keep_journey(jsonb_build_object('name', 'standard', 'version', 99, 'steps',
        jsonb_build_array('words of a later version'))) where brand_id = new.brand_id and id = new.id;
      return null;
    end $$;
    create trigger later_journey after insert or update of journey_hash on orders for each row
      when (new.id like 'veleno-%' and new.journey_hash is not null and pg_trigger_depth() = 0) execute function later_journey()`);
  const redriven: Awaited[] = [];
  for (let number = 0; number < STUCK; number += 1) {
    const phone = phoneOf(1, number);
    // An order of which nothing is known is told by the process that stores it, which has its journey in hand.
    await quiet.report(`veleno-${number}`, { id: 'cambiato', type: 'order_updated' });
    await placed(quiet, `veleno-${number}`, phone);
    redriven.push({ phone, at: Date.now() });
  }
  await placed(quiet, 'strano-1', phoneOf(2, 0));
  await db.raw(
    `insert into inbox (brand_id, order_id, source, event_id, type, occurred_at, payload, request_hash, received_at)
       select :brand, 'strano-1', 'api', 'strano-' || n, 'of_a_later_version', now(), '{}', '', now() from generate_series(1, :count) n`,
    { brand: quiet.brand.id, count: STUCK },
  );
  // A redelivery needs a message.
  await until(() => vonage.messages().some(({ to }) => to === phoneOf(2, 0)), LIMIT_MS);
  await db.raw(
    `insert into redeliveries (brand_id, message_id, cause, not_before, created_at)
       select brand_id, id, 'operator', 'infinity', now() from messages where brand_id = ? limit 1`,
    [quiet.brand.id],
  );
  const torn = await placed(quiet, 'strano-2', phoneOf(2, 1));
  await db('addresses').where({ contact_id: torn }).update({ created_at: 'infinity' });
  await db.raw(
    `insert into consent_checks (brand_id, contact_id, created_at) values (?, ?, now())
      on conflict (contact_id) where started_at is null do nothing`,
    [quiet.brand.id, torn],
  );

  const awaited: Awaited[] = [];
  for (let number = 0; number < ORDERS; number += 1) {
    const phone = phoneOf(3, number);
    await placed(quiet, `sano-${number}`, phone);
    awaited.push({ phone, at: Date.now() });
  }
  await until(() => awaited.every(({ phone }) => vonage.messages().some(({ to }) => to === phone)), LIMIT_MS);

  // Shortens half an hour of tries. It is repeated, because a try under way overwrites the count.
  const waiting = async (): Promise<number> => {
    let count = 0;
    for (const table of OUTBOXES) {
      const { rowCount } = await db.raw<{ rowCount: number }>(
        `update ${table} set tries = greatest(tries, 11), next_try_at = now() where dead_at is null and ${isPoison(table)}`,
      );
      count += rowCount;
    }
    return count;
  };
  const expected = 2 * STUCK + 2;
  await until(async () => (await waiting()) === 0, LIMIT_MS);
  const listed = JSON.parse((await quiet.get('/v1/outboxes/dead?limit=100')).text) as { dead: readonly object[] };

  // The later version is back.
  await db.raw('drop trigger later_journey on orders');
  await db.raw('update orders o set journey_hash = l.hash from later_journeys l where l.id = o.id');
  await quiet.post('/v1/outboxes/dead/redrive', { actor: 'drill', reason: 'the new version is back', outbox: 'fact' });
  const lost = Math.max(0, expected - listed.dead.length);
  const isTexted = ({ phone }: Awaited): boolean => vonage.messages().some(({ to }) => to === phone);
  // If a row was lost, a redrive does not tell it, so there is nothing to wait for.
  await until(() => lost > 0 || redriven.every(isTexted), LIMIT_MS);
  return { awaited, redriven, lost, deadLetters: listed.dead.length };
}

/** Returns the contact's id. Throws if the shop could not place the order, because it would look like a lost one. */
async function placed(shop: AbuseShop, id: string, phone: string): Promise<string> {
  const contact = await shop.place({ id, phone });
  if (contact === undefined) throw new Error(`order ${id} was not taken`);
  return contact;
}

const OUTBOXES = ['inbox', 'redeliveries', 'consent_checks'] as const;

function isPoison(table: (typeof OUTBOXES)[number]): string {
  switch (table) {
    case 'inbox':
      return `applied_at is null and (order_id like 'veleno-%' or type = 'of_a_later_version')`;
    case 'redeliveries':
      return `started_at is null and not_before = 'infinity'`;
    case 'consent_checks':
      return `started_at is null and contact_id in (select contact_id from addresses where created_at = 'infinity')`;
  }
}
