import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../domain/time/duration.ts';
import { LAST_SETTLE_AFTER, SETTLE_RULES } from '../../domain/sending/ledger.ts';
import type { ReconcileFinding } from '../../domain/sending/reconcile.ts';
import { reconcile } from '../../cli/reconciliation.ts';
import { openAccount } from '../../vonage/account.ts';
import type { FakeVonage } from '../../vonage/fake/fake.ts';
import { startFakeVonage } from '../../vonage/fake/fake.ts';
import { redrive } from '../../commands/sending/repair-message.ts';
import { rules, runSend } from '../activities/send/sending.ts';
import type { Ledger } from '../helpers/ledger.ts';
import { NOON, openLedger, placedOrder, planned, ledgerRowOf, shipped } from '../helpers/ledger.ts';

const SECRET = 'a-signature-secret-of-thirty-two-bytes';

let ledger: Ledger;
let fake: FakeVonage;
let account: ReturnType<typeof openAccount>;
let at = NOON;
beforeAll(async () => {
  ledger = await openLedger();
  fake = await startFakeVonage({
    clock: { now: () => at },
    signatureSecret: SECRET,
    apiKey: 'abcd1234',
    receipts: 'manual',
    statusUrl: 'http://127.0.0.1:9/',
    inboundUrl: 'http://127.0.0.1:9/',
  });
  const { applicationId, privateKey, url, apiKey, apiSecret } = fake;
  account = openAccount({ applicationId, privateKey, apiUrl: url, records: { apiKey, apiSecret, url } }, 500);
});
beforeEach(() => {
  fake.clearFaults();
});
afterAll(async () => {
  await fake.close();
  await ledger.close();
});

function send(message: string, asOf: number) {
  at = asOf;
  return runSend({ db: ledger.db, rules, ...account }, message, { asOf });
}

/** A message that is due at a moment; a period of its own for every test. */
async function due(moment: number, kind: 'shipped' | 'bundle_offer' = 'shipped') {
  const order = await placedOrder(ledger.db);
  await shipped(ledger.db, order, moment);
  return { message: await planned(ledger.db, order, { kind, dueAt: moment }), to: order.phone };
}

async function compared(from: number, until: number, now = until + DAY): Promise<ReconcileFinding[]> {
  at = now;
  const { records } = account;
  if (!records) throw new Error('the account has records');
  const result = await reconcile({ db: ledger.db, records, from, until, settling: SETTLE_RULES, now });
  if (result.kind === 'unavailable') throw new Error(result.code);
  return [...result.findings];
}

const whatOf = (findings: readonly ReconcileFinding[], message: string): string[] =>
  findings.filter((finding) => finding.message === message).map(({ what }) => what);

describe('the ledger and the provider’s records', () => {
  it('agree about what was accepted, refused, and given up without having been taken', async () => {
    const [good, refused, lost] = [await due(NOON), await due(NOON), await due(NOON, 'bundle_offer')];
    await send(good.message, NOON);
    fake.setFault({ kind: 'status', status: 422, code: '1450', to: refused.to });
    await send(refused.message, NOON);
    fake.setFault({ kind: 'reset_before_accept', times: 1 });
    await send(lost.message, NOON);
    await send(lost.message, NOON + LAST_SETTLE_AFTER);
    const findings = await compared(NOON - HOUR, NOON + HOUR);
    expect([good, refused, lost].map(({ message }) => whatOf(findings, message))).toEqual([
      ['in_both'],
      ['not_taken'],
      ['given_up'],
    ]);
    expect(findings).toHaveLength(3);
  });

  it('that lag longer than T2 explain what arrived twice, and what arrived after it was given up', async () => {
    const day = NOON + 7 * DAY;
    const [twice, once] = [await due(day), await due(day, 'bundle_offer')];
    for (const { message, to } of [twice, once]) {
      fake.setFault({ kind: 'reset_after_accept', to, times: 1 });
      fake.setFault({ kind: 'record_lag', ms: LAST_SETTLE_AFTER + MINUTE, to, times: 1 });
      await send(message, day);
      await send(message, day + LAST_SETTLE_AFTER);
    }
    expect((await ledgerRowOf(ledger.db, once.message)).state).toBe('given_up');
    const findings = await compared(day - HOUR, day + 2 * HOUR);
    expect(whatOf(findings, twice.message)).toEqual(['taken_after_not_sent', 'sent_again_after_t2']);
    expect(whatOf(findings, once.message)).toEqual(['taken_after_given_up']);
  });

  it('differ about a message that was sent twice without a reason, and about one that is not there', async () => {
    const day = NOON + 14 * DAY;
    const { message, to } = await due(day);
    await send(message, day);
    await ledger.db('messages').where({ id: message }).update({ state: 'planned' });
    await send(message, day + MINUTE);
    const absent = await due(day);
    fake.setFault({ kind: 'record_lag', ms: 30 * DAY, to: absent.to });
    await send(absent.message, day);
    const findings = await compared(day - HOUR, day + HOUR);
    expect(whatOf(findings, message)).toEqual(['in_both', 'sent_twice']);
    expect(whatOf(findings, absent.message)).toEqual(['missing_at_provider']);
    expect(JSON.stringify(findings)).not.toContain(to.slice(1));
  });

  it('do not differ about what an operator has sent again', async () => {
    const day = NOON + 21 * DAY;
    const { message, to } = await due(day);
    fake.setFault({ kind: 'reset_after_accept', to, times: 1 });
    await send(message, day);
    await ledger
      .db('messages')
      .where({ id: message })
      .update({ state: 'given_up', reason: 'outcome_unknown_given_up' });
    const by = { brand: 'bottega-sole', message, actor: 'ada', reason: 'test' };
    await redrive(ledger.db, by, { mayDuplicate: true, unclearCodes: [] }, day + MINUTE);
    await send(message, day + 2 * MINUTE);
    expect(whatOf(await compared(day - HOUR, day + HOUR), message)).toContain('sent_again_by_operator');
  });

  it('whose attempt was submitted before the period do not count into it', async () => {
    const day = NOON + 28 * DAY;
    const { message } = await due(day);
    await send(message, day);
    expect(await compared(day + 1, day + HOUR)).toEqual([]);
    expect(whatOf(await compared(day, day + HOUR), message)).toEqual(['in_both']);
  });
});

describe('npm run reconcile', () => {
  const run = (args: readonly string[], env: Record<string, string> = {}) => {
    const { applicationId, privateKey, url, apiKey, apiSecret } = fake;
    const vonage = {
      VONAGE_APPLICATION_ID: applicationId,
      VONAGE_PRIVATE_KEY: privateKey,
      VONAGE_SIGNATURE_SECRET: SECRET,
      VONAGE_API_URL: url,
      VONAGE_REPORTS_URL: url,
      VONAGE_API_KEY: apiKey,
      VONAGE_API_SECRET: apiSecret,
    };
    const program = fileURLToPath(new URL('../../cli/reconcile.ts', import.meta.url));
    return new Promise<{ code: number; output: string; errors: string }>((resolve) => {
      const options = { env: { ...vonage, DATABASE_URL: ledger.url, ...env }, timeout: 240_000 };
      execFile(
        process.execPath,
        ['--disable-warning=ExperimentalWarning', program, ...args],
        options,
        (error, output, errors) => resolve({ code: typeof error?.code === 'number' ? error.code : 0, output, errors }),
      );
    });
  };
  const period = (day: number) => [
    '--from',
    new Date(day - HOUR).toISOString(),
    '--until',
    new Date(day + HOUR).toISOString(),
  ];

  it('ends with 0 and a line of figures when everything is explained', async () => {
    at = Date.now();
    const { code, output } = await run(period(NOON));
    expect(output).toContain('not_taken');
    expect(JSON.parse(output.trim().split('\n').at(-1) ?? '')).toEqual({ compared: 3, explained: 3, unexplained: 0 });
    expect(code).toBe(0);
  });

  it('ends with 1 and names the messages when something is not, without a number in sight', async () => {
    at = Date.now();
    const { code, output } = await run(period(NOON + 14 * DAY));
    expect(output).toMatch(/sent_twice +[0-9a-f-]{36} +2/);
    expect(JSON.parse(output.trim().split('\n').at(-1) ?? '')).toMatchObject({ unexplained: 1 });
    expect(code).toBe(1);
    const phones = fake.messages().map(({ to }) => to.slice(1));
    expect(phones.filter((phone) => output.includes(phone))).toEqual([]);
  });

  it('says nothing about a period whose records it cannot read', async () => {
    const { code, errors } = await run(period(NOON), { VONAGE_REPORTS_URL: 'http://127.0.0.1:9' });
    expect([code, errors]).toEqual([1, expect.stringContaining('cannot be read')]);
  });

  it('ends with 2 for a word that is no time, a period that ends before it begins and an option that there is not', async () => {
    const backwards = ['--from', '2026-03-04T00:00:00Z', '--until', '2026-03-03T00:00:00Z'];
    const ended = await Promise.all([['--from', 'yesterday'], backwards, ['--all']].map((args) => run(args)));
    expect(ended.map(({ code }) => code)).toEqual([2, 2, 2]);
  });

  it('needs the key of the account that may read the records', async () => {
    const { code, errors } = await run([], { VONAGE_API_KEY: '', VONAGE_API_SECRET: '' });
    expect([code, errors]).toEqual([1, expect.stringContaining('VONAGE_API_KEY')]);
  });
});
