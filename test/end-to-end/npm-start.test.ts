import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo, Server } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OrderView } from '../../queries/orders/timeline.ts';
import type { ShopClient } from '../../demo/shop-client.ts';
import { shopClient } from '../../demo/shop-client.ts';
import type { Program } from '../../dev/programs.ts';
import { startProgram } from '../../dev/programs.ts';
import { validEvent, validOrder } from '../helpers/orders.ts';
import { isListening } from '../helpers/processes.ts';
import { shared } from '../helpers/servers.ts';

const POLL = { interval: 50 };
const now = (): string => new Date().toISOString();

/** The script as `npm start` runs it, and what it printed: the first word after each name. */
interface Started {
  readonly program: Program;
  readonly printed: Readonly<Record<string, string>>;
}

let folder: string;
/** Another program, on the port that the settings name. */
let occupant: Server;
const takenPort = (): string => String((occupant.address() as AddressInfo).port);

async function start(): Promise<Started> {
  const { path } = await shared('temporalCli');
  const program = startProgram(['dev/start.ts'], {
    env: { DOPO_DATA: folder, EVIDENCE_FOLDER: folder, DOPO_TEMPORAL_CLI_PATH: path, PORT: takenPort() },
  });
  await program.says(/^Ctrl-C stops the service/m);
  const lines = [...program.output().matchAll(/^([A-Z][\w ]+?) {2,}(\S+)/gm)];
  return { program, printed: Object.fromEntries(lines.map(([, name = '', value = '']) => [name, value])) };
}

/** Where something listens, as far as it was printed. Every server that was started is among them. */
const SERVERS = ['API', 'Operators', 'Phones', 'Temporal', 'Temporal UI', 'PostgreSQL'] as const;

async function listening({ printed }: Started): Promise<string[]> {
  const asked = SERVERS.map(async (name) => ((await isListening(printed[name] ?? '')) ? [name] : []));
  return (await Promise.all(asked)).flat();
}

let first: Started;
let shop: ShopClient;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dopo-start-'));
  // As root, PostgreSQL runs as another user, and would keep its data where that one may enter.
  await chmod(folder, 0o755);
  occupant = createServer();
  await new Promise<void>((resolve) => void occupant.listen(0, '127.0.0.1', resolve));
  first = await start();
  shop = shopOf(first);
});
afterAll(async () => {
  occupant.close();
  await rm(folder, { recursive: true, force: true });
});

const shopOf = ({ printed }: Started): ShopClient => shopClient(printed['API'] ?? '', printed['API key'] ?? '');
const phones = async ({ printed }: Started): Promise<string> => (await fetch(printed['Phones'] ?? '')).text();
const sent = ({ timeline }: OrderView): string[] =>
  timeline.flatMap((entry) => (entry.what === 'sent' ? [`${entry.kind} ${entry.state}`] : []));

/** Three customers: one will have had enough, one has not, and one asks. */
const PHONE = '+393331234567';
const leaving = validOrder({ name: '#4711', placedAt: now(), customer: { phone: PHONE } });
const OTHER_PHONE = '+393337654321';
const staying = validOrder({ name: '#4712', placedAt: now() });
const asking = validOrder({ name: '#4713', placedAt: now(), customer: { phone: OTHER_PHONE } });

it('everything it brings along is up, and its address is printed; a port that is taken is replaced', async () => {
  expect(await listening(first)).toEqual(SERVERS);
  expect(first.printed['API']).not.toContain(`:${takenPort()}`);
});

it('the heads of the evidence are written every day to the folder of the setting', async () => {
  const metrics = async (): Promise<string> => (await fetch(`${first.printed['Operators']}/metrics`)).text();
  await expect.poll(metrics, POLL).toMatch(/^dopo_evidence_export_age_seconds \d/m);
  expect(await readdir(folder)).toContainEqual(expect.stringMatching(/^\d{4}-\d\d-\d\d[.]jsonl$/));
});

it('/readyz, /healthz, /metrics, /openapi.json and the Web UI answer', async () => {
  const { API: api = '', Operators: ops = '' } = first.printed;
  const answers = [`${ops}/readyz`, `${ops}/healthz`, `${ops}/metrics`, `${api}/openapi.json`].map((url) => fetch(url));
  const [ready, health, metrics, openapi] = await Promise.all(answers);
  expect([ready?.status, await ready?.json()]).toEqual([200, { database: true, temporal: true }]);
  expect(await health?.json()).toMatchObject({ status: 'up' });
  expect(await metrics?.text()).toMatch(/^# TYPE dopo_/m);
  expect(await openapi?.json()).toMatchObject({ openapi: '3.1.0' });
  expect((await fetch(first.printed['Temporal UI'] ?? '')).status).toBe(200);
});

it("an order placed with the printed key shows on the customer's phone, and as delivered in the API", async () => {
  for (const order of [leaving, staying, asking]) {
    await shop.placeOrder(order);
    await expect.poll(async () => sent(await shop.view(order.id)), POLL).toEqual(['order_confirmation delivered']);
  }
  const page = await phones(first);
  expect(page).toContain('#4711');
  expect(page).toContain('#4712');
});

/** Sends a text from a customer's phone, with the page's own box. The status that the box answers with. */
async function write(phone: string, text: string): Promise<number> {
  const [, form = ''] = (await phones(first)).split(`aria-label="Phone ${phone}"`);
  const action = /action="([^"]+)"/.exec(form)?.[1] ?? '';
  const hidden = [...form.matchAll(/type="hidden" name="(\w+)" value="([^"]+)"/g)].slice(0, 2);
  const fields = new URLSearchParams(Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, value])));
  fields.set('text', text);
  const answer = await fetch(new URL(action, first.printed['Phones']), { method: 'POST', body: fields });
  return answer.status;
}

it("HELP is answered with a link to the customer's own page on this server, which a click opens", async () => {
  expect(await write(OTHER_PHONE, 'HELP')).toBe(200);
  const link = async () => /<a href="(http:[^"]+\/p\/[\w-]+)"/.exec(await phones(first))?.[1];
  await expect.poll(link, POLL).toContain(`${first.printed['API']}/p/`);
  const opened = await fetch((await link()) ?? '');
  expect([opened.status, (await opened.text()).includes('<h1>I tuoi messaggi da Bottega Sole</h1>')]).toEqual([
    200,
    true,
  ]);
});

it("STOP, typed into the phone page's own box, is confirmed once", async () => {
  expect(await write(PHONE, 'STOP')).toBe(200);

  const bubbles = async (): Promise<string[]> => {
    const [, phone = ''] = (await phones(first)).split(`aria-label="Phone ${PHONE}"`);
    const [own = ''] = phone.split('</section>');
    return [...own.matchAll(/<li class="(\w+)">\s*<p>(.*?)<\/p>/g)].map(
      ([, whose = '', text = '']) => `${whose} ${text}`,
    );
  };
  await expect.poll(bubbles, POLL).toHaveLength(3);
  expect((await bubbles()).slice(1)).toEqual(['mine STOP', expect.stringMatching(/^theirs Bottega Sole: /)]);

  // A later STOP finds the number suppressed, and gets no second confirmation either.
  await shop.report(leaving.id, validEvent({ type: 'refund_issued', occurredAt: now() }));
  const last = async () => (await shop.view(leaving.id)).timeline.at(-1);
  await expect.poll(last, POLL).toMatchObject({ what: 'skipped', kind: 'refund_issued' });
  expect(await bubbles()).toHaveLength(3);
});

/** The blocks of the README's tour in their order, as a shell runs them, on this installation. Each answer's status is printed behind it. */
function tourOf({ printed }: Started): string {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const [, tour = ''] = readme.split('## A tour with curl');
  const blocks = [...(tour.split('\n## ', 1)[0] ?? '').matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block);
  return blocks
    .filter((block) => !block?.includes('npm run'))
    .join('\n')
    .replace(
      /^API=\S+ +PHONES=\S+ +KEY=\S+ \S+$/m,
      `API=${printed['API']} PHONES=${printed['Phones']} KEY=${printed['API key']}`,
    )
    .replaceAll('curl -s ', "curl -s -w '\\nSTATUS %{http_code}\\n' ");
}

it("every curl line of the README's tour does what the README says", async () => {
  const script = tourOf(first);
  expect(script.match(/^(?:dopo|reply) /gm)?.length).toBeGreaterThan(5);
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { env: { PATH: process.env['PATH'] } });
  const statuses = [...stdout.matchAll(/^STATUS (\d+)$/gm)].map(([, status]) => status);
  expect(statuses).toEqual(['202', '202', '202', '200', '200', '200']);
  expect(stdout.match(/"status":"accepted"/g)).toHaveLength(3);
  expect(stdout).toContain('"meaning":"stop"');
});

it('npm run reconcile beside it finds its database and the records of its stand-in, and explains every message', async () => {
  const program = startProgram(['cli/reconcile.ts'], { env: { DOPO_DATA: folder } });
  const code = await program.ended;
  expect([code, program.output()]).toEqual([0, expect.stringContaining('"unexplained":0')]);
});

it('SIGTERM ends it with code 0 and leaves nothing running; started again, it goes on where it was', async () => {
  first.program.kill('SIGTERM');
  expect([await first.program.ended, first.program.output()]).toEqual([0, expect.stringMatching(/^Stopped in /m)]);
  expect(await listening(first)).toEqual([]);

  const looksLikeTrouble = /error|warn|fail|refused|kept from an earlier run|\bat .*:\d+:\d+/i;
  expect(
    first.program
      .output()
      .split('\n')
      .filter((line) => looksLikeTrouble.test(line)),
  ).toEqual([]);
  expect(first.program.output(), 'lines of requests would scroll the addresses away').not.toContain('"level":"info"');

  const second = await start();
  expect(second.printed['API key']).toBe(first.printed['API key']);
  const again = shopOf(second);
  expect(sent(await again.view(staying.id))).toEqual(['order_confirmation delivered']);
  await again.report(staying.id, validEvent({ type: 'refund_issued', occurredAt: now() }));
  await expect
    .poll(async () => sent(await again.view(staying.id)), POLL)
    .toEqual(['order_confirmation delivered', 'refund_issued delivered']);
  expect(await phones(second)).toContain('#4712');
  second.program.kill('SIGTERM');
  expect(await second.program.ended).toBe(0);
});

it('a secret that the data was not made with ends it in words that name the file, without a stack trace', async () => {
  const file = join(folder, 'secret');
  const former = await readFile(file, 'utf8');
  await writeFile(file, `${randomUUID()}\n`);
  const { path } = await shared('temporalCli');
  const program = startProgram(['dev/start.ts'], { env: { DOPO_DATA: folder, DOPO_TEMPORAL_CLI_PATH: path } });
  const code = await program.ended;
  await writeFile(file, former);
  expect(code).toBe(1);
  expect(program.output()).toContain('DOPO_SECRET is not the one that this database was used with');
  expect(program.output()).toContain(`It was read from ${file}`);
  expect(program.output()).not.toMatch(/^ +at /m);
});
