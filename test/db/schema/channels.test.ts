import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrateLatest } from '../../../db/schema/migrate.ts';
import { CHANNELS } from '../../../domain/sending/message.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import { NOON, brand, openLedger, placedOrder } from '../../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

describe('the table of channels', () => {
  it('has the channels of the code', async () => {
    expect(await ledger.db('channels').orderBy('name').pluck('name')).toEqual([...CHANNELS].toSorted());
  });

  it('is the one place of the database that lists them: no check and no default names one', async () => {
    const { rows } = await ledger.owner.raw<{ rows: { text: string }[] }>(
      `select conrelid::regclass || ' ' || pg_get_constraintdef(oid) as text from pg_constraint where connamespace = 'public'::regnamespace
       union all select adrelid::regclass || ' ' || pg_get_expr(adbin, adrelid) from pg_attrdef
         join pg_class c on c.oid = adrelid and c.relnamespace = 'public'::regnamespace`,
    );
    expect(rows.length).toBeGreaterThan(100);
    const named = new RegExp(String.raw`\b(?:${CHANNELS.join('|')})\b`);
    expect(rows.map(({ text }) => text).filter((text) => named.test(text))).toEqual([]);
  });

  it('is referred to by each table with a channel but those that every message writes', async () => {
    const { rows } = await ledger.owner.raw<{ rows: { table: string; refers: boolean }[] }>(
      `select c.relname as table, exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'f'
           and k.conkey = array[a.attnum] and k.confrelid = 'channels'::regclass) as refers
         from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'channel' and not a.attisdropped
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
    );
    const without = rows.filter(({ refers }) => !refers).map(({ table }) => table);
    expect(without).toEqual(['decisions', 'messages', 'past_decisions']);
    expect(rows.length).toBeGreaterThan(without.length);
  });

  it('refuses a row of a channel that is none', async () => {
    const { brand: of, contact, phone } = await placedOrder(ledger.db);
    const about = { brand_id: of, contact_id: contact, channel: 'pigeon', usable: false };
    const row = { ...about, address: phone, token: Buffer.from('token'), created_at: new Date(NOON) };
    await expect(ledger.db('addresses').insert(row)).rejects.toThrow('addresses_channel_fkey');
  });

  it('is not written by the service', async () => {
    await expect(ledger.db('channels').insert({ name: 'pigeon' })).rejects.toThrow('permission denied');
  });
});

describe('a channel that the database does not have yet', () => {
  it('is waited for by a service that may not migrate, because texts on it could not be stored', async () => {
    await ledger.owner('lanes').where({ channel: 'rcs' }).delete();
    await ledger.owner('channels').where({ name: 'rcs' }).delete();
    let isUp = false;
    const up = migrateLatest({ databaseUrl: ledger.url }).then(() => (isUp = true));
    await sleep(700);
    expect(isUp).toBe(false);
    await ledger.owner('channels').insert({ name: 'rcs' });
    await up;
  });
});

describe('the channels that a person has switched off', () => {
  const switchOff = async (channels: readonly (string | null)[]): Promise<void> => {
    const { contact } = await placedOrder(ledger.db);
    const about = { contact_id: contact, brand_id: brand.id, updated_at: new Date(NOON) };
    await ledger.db('preferences').insert({ ...about, channels_off: [...channels] });
  };

  it('are channels, and never all of them', async () => {
    for (const channels of [[], ...CHANNELS.map((name) => [name])]) await switchOff(channels);
    for (const channels of [['pigeon'], [null], [...CHANNELS]])
      await expect(switchOff(channels)).rejects.toMatchObject({ code: '23514' });
  });
});
