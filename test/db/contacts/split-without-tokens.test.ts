/** Numbers from before there were tokens, whose contact was taken apart by the migrations before the service could make the tokens. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findSuppression } from '../../../db/consent/suppressions.ts';
import { fillTokens } from '../../../commands/contacts/fill-tokens.ts';
import { DAY } from '../../../domain/time/duration.ts';
import { tokenOf } from '../../helpers/keys.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import { NOON, brand, openLedger } from '../../helpers/ledger.ts';
import { migrationsFrom } from '../../helpers/migrations.ts';

const FIRST = '+393331000001';
const SECOND = '+393331000002';
const THIRD = '+393331000003';

let ledger: Ledger;
let up: () => Promise<void>;
beforeEach(async () => {
  ledger = await openLedger();
  const migrations = await migrationsFrom('20261122000011');
  up = () => migrations.up(ledger.owner);
  await migrations.down(ledger.owner);
});
afterEach(() => ledger.close());

const at = (day: number): Date => new Date(NOON + day * DAY);

async function contactWith(...numbers: readonly string[]): Promise<string> {
  const { owner: db } = ledger;
  const contact = randomUUID();
  await db('contacts').insert({ id: contact, brand_id: brand.id, created_at: at(0) });
  for (const [day, address] of numbers.entries())
    await db('addresses').insert({
      brand_id: brand.id,
      contact_id: contact,
      channel: 'sms',
      address,
      created_at: at(day),
      last_used_at: at(day),
    });
  return contact;
}

async function said(address: string, state: string, day: number): Promise<void> {
  const known = { brand_id: brand.id, channel: 'sms', source: 'inbound:1' };
  await ledger.owner('suppressions').insert({ ...known, address, state, occurred_at: at(day), recorded_at: at(day) });
}

async function stopped(): Promise<string[]> {
  const found = await Promise.all(
    [FIRST, SECOND, THIRD].map(async (number) => {
      const stop = await findSuppression(ledger.owner, tokenOf, brand.id, number);
      return stop ? [number] : [];
    }),
  );
  return found.flat();
}

describe('a STOP from one of several numbers of a contact', () => {
  it.each([FIRST, SECOND, THIRD])(
    'from %s never lets the others be texted because none had a token yet',
    async (number) => {
      await contactWith(FIRST, SECOND, THIRD);
      await said(number, 'stopped', 5);
      await up();
      await fillTokens(ledger.owner, tokenOf);
      expect(await stopped()).toEqual([FIRST, SECOND, THIRD]);
      await fillTokens(ledger.owner, tokenOf);
      expect(await ledger.owner('suppressions').count('* as rows')).toEqual([{ rows: 3 }]);
    },
  );

  it('never stops numbers of another contact, nor one that was opened later', async () => {
    await contactWith(FIRST, SECOND);
    await contactWith(THIRD);
    await said(FIRST, 'stopped', 5);
    await said(SECOND, 'lifted', 6);
    await up();
    await fillTokens(ledger.owner, tokenOf);
    expect(await stopped()).toEqual([FIRST]);
  });

  it('never spreads one that was said after the split, by one person alone', async () => {
    await contactWith(FIRST, SECOND);
    await up();
    const later = at(100_000);
    const token = tokenOf(brand.id, FIRST);
    const stop = { brand_id: brand.id, channel: 'sms', token, state: 'stopped', source: 'inbound:1' };
    await ledger.owner('suppressions').insert({ ...stop, occurred_at: later, recorded_at: later });
    await fillTokens(ledger.owner, tokenOf);
    expect(await stopped()).toEqual([FIRST]);
  });

  it('never spreads one that was taken back', async () => {
    await contactWith(FIRST, SECOND);
    await said(FIRST, 'stopped', 5);
    await said(FIRST, 'lifted', 6);
    await up();
    await fillTokens(ledger.owner, tokenOf);
    expect(await stopped()).toEqual([]);
  });
});
