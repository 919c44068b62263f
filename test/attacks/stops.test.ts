/** A STOP is a STOP, whatever else happens to its number at the same moment. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addressTokens } from '../../db/addresses/store.ts';
import { moveStopsToNewestToken, findSuppression, tokenMoveOf } from '../../db/consent/suppressions.ts';
import { changeSuppression } from '../../db/consent/change-suppression.ts';
import { LOCK, personKey } from '../../db/addresses/contact-lock.ts';
import { contactView } from '../../db/contacts/contacts.ts';
import { receiveText } from '../../commands/conversation/receive-reply.ts';
import { MINUTE } from '../../domain/time/duration.ts';
import { rules } from '../helpers/rules.ts';
import { deriveKeys } from '../../app/secrets.ts';
import { SECRET_OF_TESTS, storeOf } from '../helpers/keys.ts';
import type { Ledger } from '../helpers/ledger.ts';
import { NOON, brand, openLedger, placedOrder, untilWaiting } from '../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

it('never is lost by a process with the former secret while another gives the number its new token', async () => {
  const { db } = ledger;
  const newer = 'the-secret-that-takes-the-place-of-the-former';
  const both = addressTokens(deriveKeys([newer, SECRET_OF_TESTS]).addresses);
  const { contact, phone: address } = await placedOrder(db);
  const trx = await db.transaction();
  await trx.raw(`select ${LOCK} from (values (cast(? as text))) as people (person)`, [personKey(brand.id, address)]);
  await moveStopsToNewestToken(trx, [tokenMoveOf(storeOf(trx, both), brand.id, address)]);
  const stop = db.transaction((other) =>
    changeSuppression(storeOf(other), { brand: brand.id, address, state: 'stopped', source: 'page', at: NOON }, NOON),
  );
  await untilWaiting(db, 1);
  await trx('addresses')
    .where({ address })
    .update({ token: both(brand.id, address) });
  await trx.commit();
  await stop;
  expect((await contactView(db, brand.id, contact))?.addresses[0]?.suppressed).toBe(true);
  const newest = addressTokens(deriveKeys([newer]).addresses);
  expect(await findSuppression(storeOf(db, newest), brand.id, address)).toBeDefined();
});

it.each([
  ['just after the button of the page, by a clock that is behind', 400, true],
  ['before the button, and told of long after it', 6 * MINUTE, false],
])('a STOP that was texted %s stands: %s ms earlier, %s', async (_, earlier, stands) => {
  const address = `+393352${1_000_000 + earlier}`;
  const said = async (state: 'stopped' | 'lifted', source: string, at: number, now: number): Promise<void> =>
    ledger.db.transaction((trx) =>
      changeSuppression(storeOf(trx), { brand: brand.id, address, state, source, at }, now),
    );
  await said('stopped', 'inbound:first', NOON, NOON);
  const pressed = NOON + 10 * MINUTE;
  await said('lifted', 'page', pressed, pressed);
  expect(await findSuppression(storeOf(ledger.db), brand.id, address)).toBeUndefined();
  await said('stopped', 'inbound:second', pressed - earlier, pressed + 3000);
  expect((await findSuppression(storeOf(ledger.db), brand.id, address)) !== undefined).toBe(stands);
});

it.each([
  ['that is later than the button of the page, by a clock that is behind', 'page', false, 400, true],
  ['that the button of the page had lifted before it was told of', 'page', false, 6 * MINUTE, false],
  ['after a lift by the shop, which opens nothing the customer stopped', 'shop', true, -MINUTE, false],
])('a STOP is confirmed once per opt-out: %s', async (_, source, byShop, earlier, confirmed) => {
  const { phone: from } = await placedOrder(ledger.db);
  const lifted = NOON + 10 * MINUTE;
  const stop = async (at: number, now: number): Promise<boolean> => {
    const providerId = randomUUID();
    await receiveText(
      storeOf(ledger.db),
      rules.keywords,
      { brand, channel: 'sms', from, to: '+393399957001', text: 'STOP', providerId, at },
      now,
    );
    const stored: { reply: string | null } = await ledger
      .db('inbound_messages')
      .where('provider_id', providerId)
      .first();
    return stored.reply === 'opt_out_confirmed';
  };
  expect(await stop(lifted - 7 * MINUTE, lifted - MINUTE)).toBe(true);
  await ledger.db.transaction((trx) =>
    changeSuppression(
      storeOf(trx),
      { brand: brand.id, address: from, state: 'lifted', source, at: lifted, byShop },
      lifted,
    ),
  );
  expect(await stop(lifted - earlier, lifted + 3000)).toBe(confirmed);
});
