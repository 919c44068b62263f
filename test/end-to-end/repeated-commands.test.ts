/** Commands that change what is stored: started again, cut off in the middle, or too late. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TokenOf } from '../../db/addresses/store.ts';
import { addressTokens } from '../../db/addresses/store.ts';
import { findSuppression } from '../../db/consent/suppressions.ts';
import { changeSuppression } from '../../db/consent/change-suppression.ts';
import { contactFor } from '../../db/contacts/identity.ts';
import { holdShopErasure } from '../../commands/privacy/hold-shop-erasure.ts';
import { HOUR } from '../../domain/time/duration.ts';
import { startProgram } from '../../dev/programs.ts';
import type { SecretList } from '../../app/secrets.ts';
import { deriveKeys } from '../../app/secrets.ts';
import type { Ledger } from '../helpers/ledger.ts';
import { NOON, brand, openLedger } from '../helpers/ledger.ts';
import { runProgram } from '../helpers/processes.ts';
import { storeOf } from '../helpers/keys.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

describe('npm run retoken', () => {
  const [FORMER, NEW] = [randomUUID(), randomUUID()];
  const tokensOf = (...secrets: SecretList): TokenOf => addressTokens(deriveKeys(secrets).addresses);
  const [former, newest] = [tokensOf(FORMER), tokensOf(NEW)];
  const args = ['cli/retoken.ts'];
  const env = (...secrets: readonly string[]) => ({ DATABASE_URL: ledger.url, DOPO_SECRET: secrets.join(',') });
  /** Two batches and a half. */
  const phones = Array.from({ length: 500 }, (_, n) => `+39347${7_000_000 + n}`);
  const stopped = phones.filter((_, n) => n % 50 === 0);
  const countMoved = async (): Promise<number> => {
    const rows: { address: string; token: Buffer }[] = await ledger.db('addresses').select('address', 'token');
    return rows.filter(({ address, token }) => token.equals(newest(brand.id, address))).length;
  };
  const forgotten = async (tokenOf: TokenOf): Promise<string[]> => {
    const found = await Promise.all(
      phones.map((phone) => findSuppression(storeOf(ledger.db, tokenOf), brand.id, phone)),
    );
    return stopped.filter((phone) => found[phones.indexOf(phone)] === undefined);
  };

  beforeAll(async () => {
    const stop = { brand: brand.id, state: 'stopped', source: 'page', at: NOON } as const;
    await ledger.db.transaction(async (trx) => {
      for (const e164 of phones)
        await contactFor(storeOf(trx, former), brand.id, { phone: { e164, country: 'IT' } }, NOON, NOON);
      for (const address of stopped) await changeSuppression(storeOf(trx, former), { ...stop, address }, NOON);
    });
  });

  it('that is killed in the middle leaves whole batches behind, loses no STOP, and goes on when it is started again', async () => {
    const trx = await ledger.owner.transaction();
    await trx('addresses').where({ address: phones[250] }).forUpdate().select('id');
    const cutOff = startProgram(args, { env: env(NEW, FORMER) });
    await expect.poll(countMoved).toBe(200);
    cutOff.kill('SIGKILL');
    expect(await cutOff.ended).toBe('SIGKILL');
    await trx.commit();
    expect([await countMoved(), await forgotten(tokensOf(NEW, FORMER))]).toEqual([200, []]);

    const refused = await runProgram(args, env(NEW));
    expect([refused.code, refused.lines]).toEqual([1, [expect.stringMatching(/^DOPO_SECRET is not the one that/)]]);

    expect(await runProgram(args, env(NEW, FORMER))).toEqual({
      code: 0,
      lines: ['500 addresses, 300 moved, 6 stops and lifts repeated; 0 stopped tokens without an address'],
    });
    expect([await countMoved(), await forgotten(newest)]).toEqual([phones.length, []]);
  });

  it('that has been done changes nothing more, with both secrets or with the new one alone', async () => {
    const before = await ledger.db('suppressions').orderBy('id');
    const done = '500 addresses, 0 moved, 0 stops and lifts repeated';
    expect(await runProgram(args, env(NEW, FORMER))).toEqual({
      code: 0,
      lines: [`${done}; 0 stopped tokens without an address`],
    });
    expect(await runProgram(args, env(NEW))).toEqual({ code: 0, lines: [done] });
    expect(await ledger.db('suppressions').orderBy('id')).toEqual(before);
  });
});

describe('npm run shop-erasures', () => {
  const erasures = (...words: readonly string[]) =>
    runProgram(['cli/shop-erasures.ts', ...words], { DATABASE_URL: ledger.url });
  /** The rows without heading and line. */
  const listed = async (): Promise<readonly string[][]> => {
    const { code, lines } = await erasures('list');
    expect([code, lines[0]?.split(/ {2,}/)]).toEqual([0, ['id', 'brand', 'state', 'asked for', 'begins']]);
    return lines.slice(2).map((line) => line.split(/ {2,}/));
  };
  const held = async (): Promise<string> => {
    await ledger.db.transaction((trx) => holdShopErasure(trx, brand.id, NOON));
    return ledger
      .db('shop_erasures')
      .whereNull('cancelled_at')
      .first('id')
      .then((row: { id: string }) => row.id);
  };
  const cancellations = () => ledger.db('audit_log').where({ action: 'cancel_erasure' }).select('actor', 'reason');

  it('lists a held erasure, cancels it once, and says the same when it is cancelled again', async () => {
    expect(await listed()).toEqual([]);
    const id = await held();
    const row = (state: string) => [
      id,
      brand.id,
      state,
      new Date(NOON).toISOString(),
      new Date(NOON + 48 * HOUR).toISOString(),
    ];
    expect(await listed()).toEqual([row('held')]);
    for (const _time of ['first', 'second'])
      expect(await erasures('cancel', id, 'still', 'ours')).toEqual({
        code: 0,
        lines: [`${brand.id}: cancelled, nobody is erased`],
      });
    expect(await listed()).toEqual([row('cancelled')]);
    expect(await cancellations()).toEqual([{ actor: 'command line', reason: 'still ours' }]);
  });

  it('says that it is too late for one that has begun, and leaves it as it is', async () => {
    const id = await held();
    await ledger
      .db('shop_erasures')
      .where({ id })
      .update({ begun_at: new Date(NOON + 48 * HOUR) });
    const before = await cancellations();
    expect(await erasures('cancel', id, 'still ours')).toEqual({
      code: 1,
      lines: ['the erasure has begun and cannot be stopped any more'],
    });
    expect((await listed()).find(([row]) => row === id)?.[2]).toBe('begun');
    expect(await cancellations()).toEqual(before);
  });
});
