import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { startPostgres, withClient } from '../../../dev/servers/postgres.ts';
import { createTestDatabase } from '../../helpers/postgres.ts';

const MODULE = fileURLToPath(new URL('../../../dev/servers/postgres.ts', import.meta.url));

async function answers(url: string): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).then((result) => (socket.destroy(), result === true));
}

describe('embedded PostgreSQL', () => {
  it('keeps the data of a folder over a restart, and counts statements', async () => {
    const dataFolder = join(await mkdtemp(join(tmpdir(), 'dopo-data-')), 'postgres');
    const first = await startPostgres({ dataFolder });
    await withClient(first.migrationUrl, (client) => client.query('create table kept (id int)'));
    await first.stop();
    const second = await startPostgres({ dataFolder });
    const { rows } = await withClient(second.migrationUrl, (client) =>
      client.query("select to_regclass('kept') is not null as kept, count(*) > 0 as counted from pg_stat_statements"),
    );
    expect(rows).toEqual([{ kept: true, counted: true }]);
    await second.stop();
    expect(await answers(second.url)).toBe(false);
    await rm(join(dataFolder, '..'), { recursive: true });
  });

  it('does not outlive a process that is killed without warning', async () => {
    const program = `import { startPostgres } from ${JSON.stringify(MODULE)};
      console.log((await startPostgres()).url); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    // On a busy machine it first says that it is starting.
    let url = '';
    for await (const line of createInterface(child.stdout)) {
      url = line;
      if (line.startsWith('postgres:')) break;
    }
    expect(await answers(url)).toBe(true);
    child.kill('SIGKILL');
    await expect.poll(() => answers(url)).toBe(false);
  });
});

describe('the database of a test file', () => {
  it('is migrated, empty and its own', async () => {
    const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    await withClient(one.migrationUrl, (client) => client.query('create table mine (id int)'));
    const { rows } = await withClient(other.migrationUrl, (client) =>
      client.query(
        "select to_regclass('mine') as mine, to_regclass('brands') is not null as migrated, (select count(*)::int from brands) as brands",
      ),
    );
    expect(rows).toEqual([{ mine: null, migrated: true, brands: 0 }]);
    await Promise.all([one.drop(), other.drop()]);
  });
});
