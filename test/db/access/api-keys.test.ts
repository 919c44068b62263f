import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listApiKeys, ownerOfKey } from '../../../db/access/api-keys.ts';
import { createApiKey, revokeApiKey } from '../../../commands/access/api-keys.ts';
import { saveBrand } from '../../../commands/orders/save-brand.ts';
import { MINUTE } from '../../../domain/time/duration.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import { NOON, brand, openLedger } from '../../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

const made = (label: string, more: { expiresAt?: number } = {}) =>
  createApiKey(ledger.db, { brand: brand.id, label, scopes: ['orders:read', 'repair'], ...more }, NOON);

describe('an API key', () => {
  it('opens its brand for its scopes and is stored nowhere but as a hash', async () => {
    const key = await made('test');
    expect(await ownerOfKey(ledger.db, key, NOON)).toMatchObject({
      brand,
      actor: 'test',
      scopes: ['orders:read', 'repair'],
    });
    const rows: { hash: Buffer }[] = await ledger.db('api_keys').select();
    expect(rows.some(({ hash }) => hash.length === 32)).toBe(true);
    expect(JSON.stringify(rows)).not.toContain(key.slice(5));
  });

  it('that was revoked or never given opens nothing', async () => {
    const key = await made('revoked');
    expect(await revokeApiKey(ledger.db, brand.id, 'revoked', NOON, 'ada')).toBe(true);
    expect(await revokeApiKey(ledger.db, brand.id, 'revoked', NOON, 'ada')).toBe(false);
    expect(await ownerOfKey(ledger.db, key, NOON)).toBeUndefined();
    const written = await ledger.db('audit_log').where({ brand_id: brand.id, action: 'revoke_key' });
    expect(written).toMatchObject([{ actor: 'ada', subject_kind: 'api_key', before: { label: 'revoked' } }]);
    expect(await ownerOfKey(ledger.db, `${key}x`, NOON)).toBeUndefined();
    expect(await ownerOfKey(ledger.db, '', NOON)).toBeUndefined();
  });

  it('is never revoked with a key of another brand that has the same label', async () => {
    await saveBrand(ledger.db, { ...brand, id: 'altrove', sender: '+393399957190' }, NOON);
    const theirs = await createApiKey(ledger.db, { brand: 'altrove', label: 'shop', scopes: ['admin'] }, NOON);
    await made('shop');
    expect(await revokeApiKey(ledger.db, brand.id, 'shop', NOON, 'ada')).toBe(true);
    expect(await ownerOfKey(ledger.db, theirs, NOON)).toBeDefined();
    expect(await revokeApiKey(ledger.db, brand.id, 'shop', NOON, 'ada')).toBe(false);
  });

  it('opens nothing from the moment it expires', async () => {
    const key = await made('short', { expiresAt: NOON + 1 });
    expect(await ownerOfKey(ledger.db, key, NOON)).toBeDefined();
    expect(await ownerOfKey(ledger.db, key, NOON + 1)).toBeUndefined();
  });

  it('has a label that no other open key of the brand has, however many are made at once', async () => {
    const all = await Promise.allSettled([made('same'), made('same'), made('same')]);
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(made('same')).rejects.toThrow(`${brand.id} has an open key called same`);
    await revokeApiKey(ledger.db, brand.id, 'same', NOON, 'ada');
    await made('same');
  });

  it('is noted as used at most once a minute, however often it is', async () => {
    const key = await made('busy');
    const used = async (): Promise<string | undefined> =>
      (await listApiKeys(ledger.db, brand.id, NOON)).find(({ label }) => label === 'busy')?.lastUsed;
    expect(await used()).toBeUndefined();
    await ownerOfKey(ledger.db, key, NOON);
    await Promise.all(Array.from({ length: 20 }, (_, n) => ownerOfKey(ledger.db, key, NOON + n)));
    expect(await used()).toBe(new Date(NOON).toISOString());
    await ownerOfKey(ledger.db, key, NOON + MINUTE);
    expect(await used()).toBe(new Date(NOON + MINUTE).toISOString());
  });

  it('is listed with its state', async () => {
    await made('gone', { expiresAt: NOON + 1 });
    const state = async (label: string, now: number) =>
      (await listApiKeys(ledger.db, brand.id, now)).find((one) => one.label === label)?.state;
    expect([await state('gone', NOON), await state('gone', NOON + 1), await state('revoked', NOON)]).toEqual([
      'open',
      'expired',
      'revoked',
    ]);
  });
});
