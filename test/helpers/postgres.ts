import { randomBytes } from 'node:crypto';
import { withClient } from '../../scripts/servers/postgres.ts';
import { shared } from './servers.ts';

/** A migrated, empty database of a test file's own. */
export type TestDatabase = { readonly url: string; readonly drop: () => Promise<void> };

/** Clones the run's template. `drop` ends connections that are still open. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { url, template } = await shared('postgres');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await withClient(url, (client) => client.query(`create database ${name} template ${template}`));
  const own = new URL(url);
  own.pathname = `/${name}`;
  const drop = async () => {
    await withClient(url, (client) => client.query(`drop database if exists ${name} with (force)`));
  };
  return { url: own.href, drop };
}
