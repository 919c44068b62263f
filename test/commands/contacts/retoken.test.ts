import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TokenOf } from '../../../db/addresses/store.ts';
import { addressTokens } from '../../../db/addresses/store.ts';
import { findSuppression } from '../../../db/consent/suppressions.ts';
import { changeSuppression } from '../../../db/consent/change-suppression.ts';
import { contactView } from '../../../db/contacts/contacts.ts';
import { checkSecret } from '../../../commands/contacts/check-secret.ts';
import { contactFor } from '../../../db/contacts/identity.ts';
import { countTokensAlone, retoken } from '../../../commands/contacts/retoken.ts';
import { deriveKeys } from '../../../app/secrets.ts';
import { SECRET_OF_TESTS, storeOf, tokenOf as former } from '../../helpers/keys.ts';
import type { Ledger, PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, brand, openLedger, placedOrder } from '../../helpers/ledger.ts';

const NEW = 'the-secret-that-takes-the-place-of-the-former';
const both = addressTokens(deriveKeys([NEW, SECRET_OF_TESTS]).addresses);
const alone = addressTokens(deriveKeys([NEW]).addresses);

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

const say = (tokens: TokenOf, address: string, state: 'stopped' | 'lifted', at = NOON) =>
  changeSuppression(storeOf(ledger.db, tokens), { brand: brand.id, address, state, source: 'page', at }, at);
/** As the gate and the API see it: by the token that the address has. */
const isShownStopped = async ({ contact }: PlacedOrder): Promise<boolean | undefined> =>
  (await contactView(ledger.db, brand.id, contact))?.addresses[0]?.suppressed;
const isFound = async (tokens: TokenOf, address: string): Promise<boolean> =>
  (await findSuppression(storeOf(ledger.db, tokens), brand.id, address)) !== undefined;

describe('a new secret before the former one', () => {
  it('forgets no STOP before anything is moved, whichever secret a process has', async () => {
    const [before, since, behind] = [
      await placedOrder(ledger.db),
      await placedOrder(ledger.db),
      await placedOrder(ledger.db),
    ];
    await say(former, before.phone, 'stopped');
    await say(both, since.phone, 'stopped');
    for (const one of [before, since]) {
      expect(await isShownStopped(one)).toBe(true);
      expect([await isFound(former, one.phone), await isFound(both, one.phone)]).toEqual([true, true]);
    }
    await retoken(storeOf(ledger.db, both));
    // A process that has not been restarted yet knows the former secret alone.
    await say(former, behind.phone, 'stopped');
    expect(await isShownStopped(behind)).toBe(true);
  });

  it('forgets no STOP of a number whose only row is of a former owner', async () => {
    const order = await placedOrder(ledger.db);
    const token = alone(brand.id, order.phone);
    await ledger
      .db('addresses')
      .where({ contact_id: order.contact })
      .update({ token, retired_at: new Date(NOON) });
    await say(former, order.phone, 'stopped');
    expect(await isFound(alone, order.phone)).toBe(true);
  });

  it('finds a STOP of the former one when a number comes for the first time', async () => {
    const order = await placedOrder(ledger.db);
    const stranger = order.phone.replace(/.{3}$/, '999');
    await say(former, stranger, 'stopped');
    expect(await isFound(alone, stranger)).toBe(false);
    const phone = { e164: stranger, country: 'IT' };
    const contact = await ledger.db.transaction((trx) =>
      contactFor(storeOf(trx, both), brand.id, { phone }, NOON, NOON),
    );
    expect(await isShownStopped({ ...order, contact })).toBe(true);
    expect(await isFound(alone, stranger)).toBe(true);
  });

  it('keeps a START: a STOP that was lifted stops no number again', async () => {
    const order = await placedOrder(ledger.db);
    await say(former, order.phone, 'stopped', NOON - 2000);
    await say(both, order.phone, 'lifted', NOON - 1000);
    expect([await isShownStopped(order), await isFound(both, order.phone)]).toEqual([false, false]);
    await retoken(storeOf(ledger.db, both));
    expect([await isShownStopped(order), await isFound(alone, order.phone)]).toEqual([false, false]);
  });
});

it.each([
  [['lifted', 'stopped'], true],
  [['stopped', 'lifted'], false],
] as const)('of %s in one moment the last one stays the last one under the new secret: %s', async (said, stands) => {
  const order = await placedOrder(ledger.db);
  for (const state of said) await say(former, order.phone, state, NOON - 1000);
  await retoken(storeOf(ledger.db, both));
  expect([await isShownStopped(order), await isFound(alone, order.phone)]).toEqual([stands, stands]);
});

describe('npm run retoken', () => {
  it.each([
    ['stopped', 'lifted'],
    ['lifted', 'stopped'],
  ] as const)('keeps the order of what was said at the same moment: %s, then %s', async (first, last) => {
    const order = await placedOrder(ledger.db);
    for (const state of [first, last]) await say(former, order.phone, state);
    await retoken(storeOf(ledger.db, both));
    expect(await isFound(alone, order.phone)).toBe(last === 'stopped');
  });

  it('moves addresses with all that was said of them, so that the new secret alone knows every one', async () => {
    const people = await Promise.all(Array.from({ length: 5 }, () => placedOrder(ledger.db)));
    for (const { phone } of people) await say(former, phone, 'stopped');
    await retoken(storeOf(ledger.db, both));
    for (const one of people)
      expect([await isFound(alone, one.phone), await isShownStopped(one)]).toEqual([true, true]);
    const tokens: { address: string; token: Buffer }[] = await ledger.db('addresses').select('address', 'token');
    for (const { address, token } of tokens) expect(token.equals(alone(brand.id, address))).toBe(true);
    await checkSecret(storeOf(ledger.db, alone));
  });

  it('twice, two at once, or after it was cut off, changes nothing more', async () => {
    const order = await placedOrder(ledger.db);
    await say(former, order.phone, 'stopped');
    await Promise.all([retoken(storeOf(ledger.db, both)), retoken(storeOf(ledger.db, both))]);
    const before = await ledger.db('suppressions').orderBy('id');
    expect(await retoken(storeOf(ledger.db, both))).toMatchObject({ moved: 0, repeated: 0 });
    expect(await ledger.db('suppressions').orderBy('id')).toEqual(before);
  });

  it('loses no STOP that comes while it is at work', async () => {
    const people = await Promise.all(Array.from({ length: 12 }, () => placedOrder(ledger.db)));
    await Promise.all([
      retoken(storeOf(ledger.db, both)),
      ...people.map(({ phone }, index) => say(index % 2 === 0 ? former : both, phone, 'stopped')),
    ]);
    await retoken(storeOf(ledger.db, both));
    for (const one of people)
      expect([await isShownStopped(one), await isFound(alone, one.phone)]).toEqual([true, true]);
  });

  it('says how many stops are known by their token alone, for which the former secret has to stay', async () => {
    const moved = await placedOrder(ledger.db);
    const count = await countTokensAlone(storeOf(ledger.db, both));
    await say(former, moved.phone, 'stopped');
    await retoken(storeOf(ledger.db, both));
    expect(await countTokensAlone(storeOf(ledger.db, both))).toBe(count);
    await say(former, '+393470000001', 'stopped');
    expect(await countTokensAlone(storeOf(ledger.db, both))).toBe(count + 1);
  });
});
