import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPhoneLog } from '../../../vonage/fake/phone-log.ts';
import { SMS, startStage } from '../receiver.ts';
import type { ReceiverStage } from '../receiver.ts';

let stage: ReceiverStage;
beforeAll(async () => {
  stage = await startStage('before_response', 5000);
});
afterAll(() => stage.close());

async function page(path = '/') {
  const response = await fetch(stage.fake.url + path);
  return { headers: response.headers, body: await response.text() };
}

function submit(fields: Record<string, string>) {
  const body = new URLSearchParams(fields);
  return fetch(`${stage.fake.url}/reply`, { method: 'POST', body, redirect: 'manual' });
}

describe('the phones of the stand-in', () => {
  it('without messages the page says so', async () => {
    const empty = await startStage('before_response', 5000);
    expect(await (await fetch(empty.fake.url)).text()).toContain('No message yet');
    await empty.close();
  });

  it('a text with markup is shown as typed and runs nothing', async () => {
    const text = `<script>alert("1")</script> & 'quoted'`;
    await stage.sender.send({ ...SMS, text });
    await stage.fake.reply(SMS.to, SMS.from, text);
    await stage.sender.send({ ...SMS, from: '"><b>' });
    const { body } = await page();
    const escaped = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;quoted&#39;';
    expect(body.split(escaped)).toHaveLength(3);
    expect(body).not.toMatch(/<script|<b>/);
  });

  it('an address in a text can be opened, and nothing around it is part of it', async () => {
    await stage.sender.send({ ...SMS, text: 'Scelte: https://sole.example/p/A-b_9. STOP (http://x.example/?a=1&b=2)' });
    const { body } = await page();
    const link = (url: string) => `<a href="${url}" target="_blank" rel="noopener noreferrer">${url}</a>`;
    expect(body).toContain(
      `Scelte: ${link('https://sole.example/p/A-b_9')}. STOP (${link('http://x.example/?a=1&amp;b=2')})`,
    );
  });

  it('the policy allows no script, and the style sheet only by its hash', async () => {
    const policy = (await page()).headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]+='; form-action 'self';/);
    expect(policy).not.toContain('unsafe');
  });

  it('a reply typed on a phone reaches the service, and the browser returns to that phone', async () => {
    const before = stage.receiver.received.length;
    const response = await submit({ from: SMS.to, to: SMS.from, text: '5' });
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe('/#p393331234567');
    expect(stage.receiver.received).toHaveLength(before + 1);
    expect((await page()).body).toContain('id="p393331234567"');
  });

  it('a reply without a text is refused', async () => {
    expect((await submit({ from: SMS.to, to: SMS.from, text: '' })).status).toBe(400);
  });

  it('the page that refreshes itself has no box to type in', async () => {
    await stage.sender.send(SMS);
    const still = (await page()).body;
    expect(still).toContain('<form');
    expect(still).not.toContain('http-equiv');
    const live = (await page('/?live=1')).body;
    expect(live).toContain('<meta http-equiv="refresh" content="3" />');
    expect(live).not.toContain('<form');
  });

  it('a reply goes to the sender that wrote last', async () => {
    await stage.fake.reply(SMS.to, SMS.from, 'to the old number');
    await stage.sender.send({ ...SMS, from: '+393388888888' });
    expect((await page()).body).toContain('name="to" value="+393388888888"');
  });

  it('a sender with a name cannot be answered', async () => {
    await stage.sender.send({ ...SMS, to: '+821012345678', from: 'BottegaSole' });
    expect((await page()).body).toContain('A sender with a name cannot be answered');
  });
});

describe('the phones over a restart', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dopo-phones-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const pageOf = async ({ fake }: ReceiverStage): Promise<string> => (await fetch(fake.url)).text();

  it('keep texts and replies, also beside a line that a crash has cut, for this user alone', async () => {
    const phonesFile = join(folder, 'phones.jsonl');
    const first = await startStage('before_response', 5000, { phonesFile });
    await first.sender.send({ ...SMS, text: 'Kept text' });
    await first.fake.reply(SMS.to, SMS.from, 'Kept reply');
    await first.close();
    await writeFile(phonesFile, '{"message":{"to":"+39', { flag: 'a' });
    const second = await startStage('before_response', 5000, { phonesFile });
    const page = await pageOf(second);
    expect([page.includes('Kept text'), page.includes('Kept reply')]).toEqual([true, true]);
    expect((await stat(phonesFile)).mode & 0o777).toBe(0o600);
    await second.close();
  });

  it('keep the newest 2,000 texts, and the file is never longer than twice as many', async () => {
    const phonesFile = join(folder, 'many.jsonl');
    const log = openPhoneLog(phonesFile, 10);
    const reply = (text: string) => ({ from: SMS.to, to: SMS.from, text, at: 1, httpStatus: 200 });
    for (let count = 1; count <= 95; count += 1) log.wrote(reply(`reply ${count}`));
    expect((await readFile(phonesFile, 'utf8')).trimEnd().split('\n').length).toBeLessThan(20);
    expect(openPhoneLog(phonesFile, 10).replies().at(-1)).toEqual(reply('reply 95'));
    expect(openPhoneLog(phonesFile, 10).replies()).toHaveLength(10);
  });
});

it('a phone has the name of its customer, and the newest text stands first', async () => {
  const namesOf = (numbers: readonly string[]) =>
    Promise.resolve(new Map(numbers.map((one) => [one, 'Giulia <Rossi>'])));
  let at = Date.UTC(2026, 2, 5);
  const named = await startStage('before_response', 5000, { namesOf, clock: { now: () => (at += 1000) } });
  await named.sender.send({ ...SMS, text: 'the first text' });
  await named.sender.send({ ...SMS, text: 'the second text' });
  const body = await (await fetch(named.fake.url)).text();
  expect(body).toContain('<b>Giulia &lt;Rossi&gt;</b>');
  expect(body.indexOf('the second text')).toBeLessThan(body.indexOf('the first text'));
  await named.close();
});

it('the log of a stand-in with a bound holds at most twice as many entries, and the newest of them', async () => {
  const bounded = await startStage('before_response', 5000, { mostLogged: 3 });
  for (let count = 1; count <= 20; count += 1) await bounded.sender.send({ ...SMS, text: `text ${count}` });
  await expect.poll(() => bounded.fake.messages().length).toBeLessThanOrEqual(6);
  expect(bounded.fake.webhooks().length).toBeLessThanOrEqual(8);
  expect(bounded.fake.messages().at(-1)?.text).toBe('text 20');
  await bounded.close();
});
