/** A STOP is a STOP, whatever else happens to its number at the same moment. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addressTokens } from '../../db/address-token.ts';
import { adoptStops, changeSuppression, findSuppression, moveOf } from '../../db/consents/suppressions.ts';
import { LOCK, personKey } from '../../db/contact-lock.ts';
import { contactView } from '../../db/contacts/contacts.ts';
import { MINUTE } from '../../domain/duration.ts';
import { deriveKeys } from '../../secrets.ts';
import { SECRET_OF_TESTS, tokenOf } from '../helpers/keys.ts';
import type { Ledger } from '../helpers/ledger.ts';
import { NOON, brand, openLedger, placed, untilWaiting } from '../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

it('never is lost by a process with the former secret while another gives the number its new token', async () => {
  const { db } = ledger;
  const newer = 'the-secret-that-takes-the-place-of-the-former';
  const both = addressTokens(deriveKeys([newer, SECRET_OF_TESTS]).addresses);
  const { contact, phone: address } = await placed(db);
  const trx = await db.transaction();
  await trx.raw(`select ${LOCK} from (values (cast(? as text))) as people (person)`, [personKey(brand.id, address)]);
  await adoptStops(trx, [moveOf(both, brand.id, address)]);
  const stop = db.transaction((other) =>
    changeSuppression(other, tokenOf, { brand: brand.id, address, state: 'stopped', source: 'page', at: NOON }, NOON),
  );
  await untilWaiting(db, 1);
  await trx('addresses')
    .where({ address })
    .update({ token: both(brand.id, address) });
  await trx.commit();
  await stop;
  expect((await contactView(db, brand.id, contact))?.addresses[0]?.suppressed).toBe(true);
  const newest = addressTokens(deriveKeys([newer]).addresses);
  expect(await findSuppression(db, newest, brand.id, address)).toBeDefined();
});

it.each([
  ['just after the button of the page, by a clock that is behind', 400, true],
  ['before the button, and told of long after it', 6 * MINUTE, false],
])('a STOP that was texted %s stands: %s ms earlier, %s', async (_, earlier, stands) => {
  const address = `+393352${1_000_000 + earlier}`;
  const said = async (state: 'stopped' | 'lifted', source: string, at: number, now: number): Promise<void> =>
    ledger.db.transaction((trx) =>
      changeSuppression(trx, tokenOf, { brand: brand.id, address, state, source, at }, now),
    );
  await said('stopped', 'inbound:first', NOON, NOON);
  const pressed = NOON + 10 * MINUTE;
  await said('lifted', 'page', pressed, pressed);
  expect(await findSuppression(ledger.db, tokenOf, brand.id, address)).toBeUndefined();
  await said('stopped', 'inbound:second', pressed - earlier, pressed + 3000);
  expect((await findSuppression(ledger.db, tokenOf, brand.id, address)) !== undefined).toBe(stands);
});
