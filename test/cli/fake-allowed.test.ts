import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../app/config.ts';
import { reasonAgainstFake } from '../../cli/fake-allowed.ts';
import { startProgram } from '../../dev/programs.ts';

const NOTHING_NEEDED = { database: false, vonage: false };
const OWN_DATABASE = { DATABASE_URL: `postgres://dopo:${randomUUID()}@127.0.0.1:1/dopo` };
const refusals = (env: Record<string, string>) => reasonAgainstFake(readConfig(env, NOTHING_NEEDED));

describe('npm start without an account of Vonage', () => {
  it('brings the fake where everything is its own and this machine alone can reach it', () => {
    for (const HOST of ['127.0.0.1', '::1', 'localhost']) expect(refusals({ HOST })).toEqual([]);
  });

  it('never brings it beside a configured database or for other machines, unless it is asked for by name', () => {
    expect(refusals(OWN_DATABASE)).toEqual([expect.stringContaining('a database of your own')]);
    for (const HOST of ['0.0.0.0', '::', '192.0.2.7'])
      expect(refusals({ HOST })).toEqual([expect.stringContaining('HOST')]);
    expect(refusals({ ...OWN_DATABASE, HOST: '0.0.0.0' })).toHaveLength(2);
    expect(refusals({ ...OWN_DATABASE, HOST: '0.0.0.0', DOPO_FAKE_VONAGE: 'allowed' })).toEqual([]);
  });

  it('ends before it has touched the database', async () => {
    const program = startProgram(['dev/start.ts'], { env: OWN_DATABASE });
    expect(await program.ended).toBe(1);
    expect(program.output()).toContain('DOPO_FAKE_VONAGE');
  });
});

it('the fake by itself, for other machines, has to be asked for by name', async () => {
  const program = startProgram(
    ['cli/fake-vonage.ts', '--api=http://127.0.0.1:1', '--key-file=none', '--host=0.0.0.0'],
    { env: {} },
  );
  expect(await program.ended).toBe(2);
  expect(program.output()).toContain('--reachable');
});
