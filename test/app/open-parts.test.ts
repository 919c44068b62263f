import { afterAll, beforeAll, expect, it } from 'vitest';
import { openParts } from '../../app/compose.ts';
import { readConfig } from '../../app/config.ts';
import { deriveKeys } from '../../app/secrets.ts';
import { WrongSecret } from '../../commands/contacts/check-secret.ts';
import { keys } from '../helpers/keys.ts';
import type { TestDatabase } from '../helpers/postgres.ts';
import { createTestDatabase } from '../helpers/postgres.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const config = readConfig({ GUARD_BAND_MINUTES: '20,30', LOG_LEVEL: 'silent' }, { database: false, vonage: false });

it('every program that reads the settings keeps the minutes that promotions stay away from the ends of their hours', async () => {
  const { db, rules } = await openParts({ databaseUrl: database.url }, keys, config);
  expect(rules.guardBand).toEqual({ opening: 20 * 60_000, closing: 30 * 60_000 });
  await db.destroy();
});

it('parts are not made on a database that was used with another secret', async () => {
  const others = deriveKeys(['another secret, of thirty-two characters']);
  await expect(openParts({ databaseUrl: database.url }, others, config)).rejects.toThrow(WrongSecret);
});
