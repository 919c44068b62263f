import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownerOfKey } from '../../db/access/api-keys.ts';
import { findBrand } from '../../db/orders/brands.ts';
import { saveBrand } from '../../commands/orders/save-brand.ts';
import { connect } from '../../db/connection/connect.ts';
import type { Db } from '../../db/connection/connect.ts';
import type { Environment } from '../../dev/programs.ts';
import { newApplication } from '../../vonage/fake/fake.ts';
import { brand, placedOrder } from '../helpers/ledger.ts';
import { ORDER_TIME } from '../helpers/orders.ts';
import type { TestDatabase } from '../helpers/postgres.ts';
import { createTestDatabase } from '../helpers/postgres.ts';
import { runProgram as run } from '../helpers/processes.ts';

let folder: string;
let database: TestDatabase;
let db: Db;
let owner: Db;
let environment: Environment;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dopo-command-'));
  database = await createTestDatabase();
  db = connect(database.url);
  owner = connect(database.migrationUrl, { poolMax: 1 });
  const { id, privateKey } = await newApplication();
  environment = {
    DATABASE_URL: database.url,
    // No program listens on port 1.
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    PORT: '0',
    OPS_PORT: '0',
    VONAGE_APPLICATION_ID: id,
    VONAGE_PRIVATE_KEY: privateKey,
    VONAGE_SIGNATURE_SECRET: randomUUID(),
    DOPO_SECRET: randomUUID(),
    VONAGE_API_URL: 'http://127.0.0.1:1',
  };
});
afterAll(async () => {
  await db.destroy();
  await owner.destroy();
  await database.drop();
  await rm(folder, { recursive: true });
});

/** Side by side: most of the time of those that give up goes into waiting for a server that is not there. */
describe.concurrent('main.ts', () => {
  it('with words it does not know, or without any, says how it is used and starts nothing', async () => {
    const lines = [[], ['nonsense'], ['worker', '--queues', 'orders,nonsense']];
    const answers = await Promise.all(lines.map((words) => run(['main.ts', ...words], environment)));
    for (const answer of answers)
      expect(answer).toEqual({ code: 2, lines: ['usage: main.ts api|worker ... [--queues orders,send]'] });
  });

  it('names everything that is missing or wrong in its environment at once, and starts nothing', async () => {
    const broken = {
      DATABASE_URL: '',
      TEMPORAL_ADDRESS: '',
      PORT: 'eighty',
      SEND_RATE: '-1',
      VONAGE_PRIVATE_KEY: '/no/key',
    };
    const { code, lines } = await run(['main.ts', 'api', 'worker'], { ...environment, ...broken });
    expect([code, lines[0]]).toEqual([1, 'The environment has mistakes:']);
    expect(lines.slice(1).map((line) => /^ {2}(\w+): ./.exec(line)?.[1])).toHaveLength(5);
    for (const name of Object.keys(broken)) expect(lines.join('\n')).toContain(`  ${name}: `);
  });

  it.each(['PORT', 'OPS_PORT'])(
    'ends with code 1 and one line that names the setting when its %s is taken',
    async (name) => {
      const occupant = createServer();
      await new Promise<void>((resolve) => void occupant.listen(0, '127.0.0.1', resolve));
      const { port } = occupant.address() as AddressInfo;
      const { code, lines } = await run(['main.ts', 'api'], { ...environment, [name]: String(port) });
      occupant.close();
      expect(code).toBe(1);
      const said = `${name}: another process listens on 127.0.0.1:${port}; each process on a host needs a ${name} of its own`;
      // A line of the log begins with a brace.
      expect(lines.filter((line) => !line.startsWith('{'))).toEqual([`${said} (EADDRINUSE)`]);
    },
  );

  it('ends with code 1 and says which server it was that a worker cannot reach, and the API beside it ends too', async () => {
    const temporal = run(['main.ts', 'api', 'worker'], environment);
    const postgres = run(['main.ts', 'worker'], {
      ...environment,
      DATABASE_URL: 'postgres://dopo:hush-hush@127.0.0.1:1/dopo',
    });
    expect((await temporal).code).toBe(1);
    expect((await temporal).lines.join('\n')).toContain('Temporal at 127.0.0.1:1 cannot be used');
    expect((await postgres).code).toBe(1);
    expect((await postgres).lines.join('\n')).toContain('the database of DATABASE_URL cannot be used');
    expect((await postgres).lines.join('\n')).not.toContain('hush-hush');
  });
});

describe('cli/evidence.ts', () => {
  it('export --out says which file it wrote, and how many heads stand there', async () => {
    await saveBrand(db, { ...brand, sender: '+393399957009' }, ORDER_TIME);
    const env = { DATABASE_URL: database.url, DOPO_SECRET: randomUUID() };
    await mkdir(join(folder, 'heads'));
    const { code, lines } = await run(['cli/evidence.ts', 'export', '--out', join(folder, 'heads')], env);
    const [, count = '', file = ''] = /^(\d+) heads added to (\S+)$/.exec(lines.join('\n')) ?? [];
    expect([code, file.startsWith(join(folder, 'heads'))]).toEqual([0, true]);
    expect((await readFile(file, 'utf8')).trimEnd().split('\n')).toHaveLength(Number(count));
  });

  it('export --out a folder that is not there, such as a share that is not mounted, fails and makes none', async () => {
    const env = { DATABASE_URL: database.url, DOPO_SECRET: randomUUID() };
    const away = join(folder, 'not-mounted');
    expect(await run(['cli/evidence.ts', 'export', '--out', away], env)).toMatchObject({ code: 1 });
    await expect(stat(away)).rejects.toThrow('ENOENT');
  });

  it('export twice on one day adds the same heads again, and verify takes both; a line that was cut off is named', async () => {
    await saveBrand(db, { ...brand, sender: '+393399957009' }, ORDER_TIME);
    const env = { DATABASE_URL: database.url, DOPO_SECRET: randomUUID() };
    await mkdir(join(folder, 'twice'));
    const exported = () => run(['cli/evidence.ts', 'export', '--out', join(folder, 'twice')], env);
    const [one, two] = [await exported(), await exported()];
    const [, count = '', file = ''] = /^(\d+) heads added to (\S+)$/.exec(one.lines.join('\n')) ?? [];
    expect(two).toEqual({ code: 0, lines: [expect.stringMatching(/^\d+ heads added to \S+[.]jsonl$/)] });
    expect(two.lines).toEqual(one.lines);
    const verified = await run(['cli/evidence.ts', 'verify', '--heads', file], env);
    expect(verified).toMatchObject({ code: 0 });
    expect(verified.lines.at(-1)).toBe(`${2 * Number(count)} heads compared`);

    await appendFile(file, '{"brand":');
    await exported();
    const cut = await run(['cli/evidence.ts', 'verify', '--heads', file], env);
    expect(cut.code).toBe(1);
    expect(cut.lines[0]).toMatch(/[.]jsonl:\d+: no head$/);
    expect(cut.lines.at(-1)).toBe(`${3 * Number(count)} heads compared`);
  });

  it('verify names a brand that is gone with all its entries, by the heads of before', async () => {
    const own = await createTestDatabase();
    const ownDb = connect(own.migrationUrl, { poolMax: 1 });
    const env = { DATABASE_URL: own.url, DOPO_SECRET: randomUUID() };
    const heads = join(folder, 'heads.jsonl');
    try {
      await saveBrand(ownDb, { ...brand, sender: '+393399957009' }, ORDER_TIME);
      await placedOrder(ownDb);
      const exported = await run(['cli/evidence.ts', 'export'], env);
      await writeFile(heads, `${exported.lines.join('\n')}\n`);
      expect(await run(['cli/evidence.ts', 'verify', '--heads', heads], env)).toMatchObject({ code: 0 });
      await ownDb.transaction(async (trx) => {
        await trx.raw("set local session_replication_role = 'replica'");
        for (const table of ['consent_journal', 'consents', 'brands']) await trx.raw('delete from ??', [table]);
      });
      const { code, lines } = await run(['cli/evidence.ts', 'verify', '--heads', heads], env);
      expect(code).toBe(1);
      expect(lines).toContainEqual(expect.stringMatching(`^${brand.id}, consents, 2 entries missing at the end`));
    } finally {
      await ownDb.destroy();
      await own.drop();
    }
  });
});

describe('cli/shop-erasures.ts', () => {
  const erasures = (...args: readonly string[]) =>
    run(['cli/shop-erasures.ts', ...args], { DATABASE_URL: database.url });

  it('cancel says that an id is none, and that no erasure has it', async () => {
    const id = randomUUID();
    expect(await erasures('cancel', '1', 'the shop', 'is ours')).toEqual({
      code: 2,
      lines: ['1 is no id of an erasure', 'usage: npm run shop-erasures -- list | cancel ID REASON'],
    });
    expect(await erasures('cancel', id, 'the shop is ours')).toEqual({ code: 1, lines: [`there is no erasure ${id}`] });
    expect((await erasures('cancel', id)).lines).toEqual(['usage: npm run shop-erasures -- list | cancel ID REASON']);
  });
});

describe('cli/consents.ts', () => {
  const consents = (...args: readonly string[]) => run(['cli/consents.ts', ...args], { DATABASE_URL: database.url });

  it('verify counts what is whole, and names what is broken with code 1', async () => {
    await saveBrand(db, { ...brand, sender: '+393399957009' }, ORDER_TIME);
    const [, second] = [await placedOrder(db), await placedOrder(db)];
    expect(await consents('verify')).toEqual({ code: 0, lines: ['2 contacts, 4 entries, 0 broken'] });
    await owner.transaction(async (trx) => {
      await trx.raw("set local session_replication_role = 'replica'");
      await trx('consents').where({ contact_id: second?.contact, seq: 1 }).update({ wording: 'Everything.' });
    });
    expect(await consents('verify', '--brand', brand.id)).toEqual({
      code: 1,
      lines: [`contact ${second?.contact}, entry 1: altered`, '2 contacts, 4 entries, 1 broken'],
    });
    expect(await consents('verify', '--brand', 'altrove')).toEqual({
      code: 1,
      lines: ['there is no brand altrove'],
    });
  });

  it.each([[[]], [['check']], [['verify', 'all']], [['verify', '--shop', 'x']]])('%j is no use of it', async (args) => {
    expect(await consents(...args)).toEqual({ code: 2, lines: ['usage: npm run consents -- verify [--brand ID]'] });
  });
});

describe('cli/contacts.ts', () => {
  const contacts = (...args: readonly string[]) => run(['cli/contacts.ts', ...args], { DATABASE_URL: database.url });

  it('report lists a number that the shop knows under two customer ids, masked, and changes nothing', async () => {
    const before = await contacts('report', '--brand', brand.id);
    const one = await placedOrder(db);
    await placedOrder(db, { customer: { phone: { e164: one.phone, country: 'IT' } } });
    const { code, lines } = await contacts('report', '--brand', brand.id);
    expect(code).toBe(0);
    expect(lines.filter((line) => !before.lines.includes(line))).toEqual([
      `${one.contact}  +39…${one.phone.slice(-2)}  2 customer ids in 2 orders`,
      '1 numbers with several customer ids',
    ]);
  });

  it('a brand that there is not is said to be none, and not reported to be clean', async () => {
    expect(await contacts('report', '--brand', 'altrove')).toEqual({ code: 1, lines: ['there is no brand altrove'] });
  });

  it.each([[[]], [['split']], [['report', 'all']]])('%j is no use of it', async (args) => {
    expect(await contacts(...args)).toEqual({ code: 2, lines: ['usage: npm run contacts -- report [--brand ID]'] });
  });
});

describe('cli/shop-erasures.ts, cli/retoken.ts and cli/evidence.ts', () => {
  it.each([
    ['shop-erasures', [], 'usage: npm run shop-erasures -- list | cancel ID REASON'],
    ['shop-erasures', ['cancel'], 'usage: npm run shop-erasures -- list | cancel ID REASON'],
    ['retoken', ['now'], 'usage: npm run retoken'],
    ['evidence', ['verify', 'all'], 'usage: npm run evidence -- export [--out DIR] | verify [--heads FILE ...]'],
  ])('%s with %j says in one line how it is used', async (name, words, usage) => {
    expect(await run([`cli/${name}.ts`, ...words], environment)).toEqual({ code: 2, lines: [usage] });
  });
});

describe('cli/brand.ts', () => {
  const tool = (...args: readonly string[]) => run(['cli/brand.ts', ...args], { DATABASE_URL: database.url });
  const file = async (text: string): Promise<string> => {
    const path = join(folder, `${randomUUID()}.yaml`);
    await writeFile(path, text);
    return path;
  };
  const demo = (): Promise<string> => readFile(new URL('../../demo/brand.yaml', import.meta.url), 'utf8');

  it('apply stores a brand, and key makes a key for it that is shown and not kept', async () => {
    const applied = await tool('apply', await file((await demo()).replace('id: bottega-sole', 'id: bottega-luna')));
    expect(applied).toEqual({ code: 0, lines: [expect.stringMatching(/^bottega-luna: \d+ products, sender \+\d+$/)] });
    expect(await findBrand(db, 'bottega-luna')).toMatchObject({ name: 'Bottega Sole' });

    const made = await tool('key', 'bottega-luna', '--label', 'warehouse', '--scopes', 'orders:write,orders:read');
    expect(made).toEqual({ code: 0, lines: [expect.stringMatching(/^dopo_[\w-]{43}$/)] });
    expect(await ownerOfKey(db, made.lines[0] ?? '', Date.now())).toMatchObject({
      brand: { id: 'bottega-luna' },
      actor: 'warehouse',
      scopes: ['orders:write', 'orders:read'],
    });
    expect(JSON.stringify(await db('api_keys'))).not.toContain(made.lines[0]);
  });

  it('keys are listed with what they may do and until when, have a label each, and are revoked by it', async () => {
    const brand = 'bottega-alba';
    await tool(
      'apply',
      await file(
        (await demo()).replace('id: bottega-sole', `id: ${brand}`).replace(/^sender:.*$/m, "sender: '+393399957021'"),
      ),
    );
    const make = (...more: readonly string[]) => tool('key', brand, '--label', 'ops', '--scopes', 'repair', ...more);
    expect((await make('--expires', '2099-11-30')).code).toBe(0);
    expect(await make()).toEqual({
      code: 1,
      lines: [`${brand} has an open key called ops: revoke it, or take another label`],
    });
    const listed = await tool('list', brand);
    expect(listed.lines).toEqual([
      expect.stringMatching(/^open "ops" repair created \S+ expires 2099-11-30T23:59:59.999Z last used never$/),
    ]);
    expect(await tool('revoke', brand, 'ops')).toEqual({ code: 0, lines: [`${brand}: ops is revoked`] });
    expect((await make()).code).toBe(0);
    expect((await tool('list', brand)).lines.map((line) => line.split(' ')[0])).toEqual(['open', 'revoked']);
  });

  it.each([
    ['no label', ['--scopes', 'repair']],
    ['no scope', ['--label', 'x']],
    ['a day that does not exist', ['--label', 'x', '--scopes', 'repair', '--expires', '2027-02-30']],
    ['an unknown option', ['--label', 'x', '--scopes', 'repair', '--forever', 'yes']],
  ])('a key with %s is not made', async (_, options) => {
    const { code, lines } = await tool('key', 'bottega-luna', ...options);
    expect([code, lines[0]]).toEqual([2, 'usage: npm run brand -- apply FILE']);
  });

  it('a scope that there is not is named before the usage', async () => {
    const { code, lines } = await tool('key', 'bottega-luna', '--label', 'x', '--scopes', 'orders:reed,repair,all');
    expect([code, lines.slice(0, 3)]).toEqual([
      2,
      ['orders:reed is no scope', 'all is no scope', 'usage: npm run brand -- apply FILE'],
    ]);
  });

  it('a file with mistakes is answered with file, line and column of each, and not stored', async () => {
    const text = await demo();
    const path = await file(
      text.replace('id: bottega-sole', 'id: bottega-neve').replace('locale: it', 'locale: tlh\ncolour: red'),
    );
    const { code, lines } = await tool('apply', path);
    const line = text.split('\n').findIndex((one) => one.startsWith('locale:')) + 1;
    expect(code).toBe(1);
    expect(lines.map((one) => one.split(' ')[0])).toEqual([`${path}:${line}:1`, `${path}:${line + 1}:1`]);
    expect(await findBrand(db, 'bottega-neve')).toBeUndefined();
  });

  it("another brand's number is refused in one line", async () => {
    const text = (await demo()).replace(/^sender:.*$/m, "sender: '+393399957020'");
    const [first, second] = [
      text.replace('bottega-sole', 'bottega-mare'),
      text.replace('bottega-sole', 'bottega-onda'),
    ];
    expect((await tool('apply', await file(first))).code).toBe(0);
    expect(await tool('apply', await file(second))).toEqual({
      code: 1,
      lines: ['sender +393399957020 belongs to another brand'],
    });
    expect(await findBrand(db, 'bottega-onda')).toBeUndefined();
  });

  it('a command that fails says so in one line', async () => {
    const nowhere = join(folder, 'nowhere.yaml');
    const answers = await Promise.all([
      tool('list', 'nobody'),
      tool('apply', nowhere),
      tool('paint', 'x'),
      tool('key'),
    ]);
    expect(answers).toEqual([
      { code: 1, lines: ['there is no brand nobody: apply its file first'] },
      { code: 1, lines: [expect.stringContaining(nowhere)] },
      { code: 2, lines: expect.arrayContaining(['usage: npm run brand -- apply FILE']) },
      { code: 2, lines: expect.arrayContaining(['usage: npm run brand -- apply FILE']) },
    ]);
  });
});
