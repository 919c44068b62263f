import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBrand, findBrandBySender } from '../../../db/orders/brands.ts';
import { saveBrand } from '../../../commands/orders/save-brand.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import { NOON, brand, openLedger } from '../../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

describe('a brand', () => {
  it('saved again has its new settings', async () => {
    await saveBrand(ledger.db, { ...brand, agentName: 'Ada' }, NOON);
    expect(await findBrand(ledger.db, brand.id)).toMatchObject({ agentName: 'Ada' });
    await saveBrand(ledger.db, brand, NOON);
    expect(await findBrand(ledger.db, brand.id)).toEqual(brand);
  });

  it('is found by the number its customers write to, and by no other', async () => {
    expect(await findBrandBySender(ledger.db, brand.sender)).toEqual(brand);
    expect(await findBrandBySender(ledger.db, '+390000000')).toBeUndefined();
  });

  it('is found by its RCS agent too, which no other can take', async () => {
    const withAgent = { ...brand, channels: { rcs: { sender: 'BottegaSole' } } };
    await saveBrand(ledger.db, withAgent, NOON);
    expect(await findBrandBySender(ledger.db, 'BottegaSole')).toEqual(withAgent);
    const other = { ...withAgent, id: 'altrove', sender: '+393399957006' };
    await expect(saveBrand(ledger.db, other, NOON)).rejects.toThrow('sender BottegaSole belongs to another brand');
    await saveBrand(ledger.db, brand, NOON);
    expect(await findBrandBySender(ledger.db, 'BottegaSole')).toEqual(brand);
  });

  it('is found by every sender that can be written to, in whatever country', async () => {
    const senders = { US: { sender: '+18005550199' }, CA: { sender: '36179' }, FR: { sender: 'Bottega' } };
    await saveBrand(ledger.db, { ...brand, senders }, NOON);
    for (const sender of ['+18005550199', '36179']) {
      expect(await findBrandBySender(ledger.db, sender)).toMatchObject({ id: brand.id });
      await expect(saveBrand(ledger.db, { ...brand, id: 'altrove', sender }, NOON)).rejects.toThrow('another brand');
    }
    expect(await findBrandBySender(ledger.db, 'Bottega')).toBeUndefined();
    await saveBrand(ledger.db, brand, NOON);
  });

  it('that has changed its number is still found by the old one, so that no STOP is dropped', async () => {
    const changed = { ...brand, sender: '+393399957009' };
    await saveBrand(ledger.db, changed, NOON);
    expect(await findBrandBySender(ledger.db, brand.sender)).toEqual(changed);
    expect(await findBrandBySender(ledger.db, changed.sender)).toEqual(changed);
    await saveBrand(ledger.db, { ...brand, sender: 'Bottega' }, NOON);
    expect(await findBrandBySender(ledger.db, changed.sender)).toMatchObject({ sender: 'Bottega' });
    expect(await findBrandBySender(ledger.db, 'Bottega')).toBeUndefined();
    await saveBrand(ledger.db, brand, NOON);
  });

  it('cannot take the number of another, not even one that is used no more, and is not stored then', async () => {
    const old = { ...brand, sender: '+393399957008' };
    await saveBrand(ledger.db, old, NOON);
    await saveBrand(ledger.db, brand, NOON);
    for (const { sender } of [brand, old])
      await expect(saveBrand(ledger.db, { ...brand, id: 'altrove', sender }, NOON)).rejects.toThrow(
        `sender ${sender} belongs to another brand`,
      );
    expect(await findBrand(ledger.db, 'altrove')).toBeUndefined();
    expect(await findBrandBySender(ledger.db, old.sender)).toEqual(brand);
  });
});
