import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endLinks } from '../../../db/contacts/contacts.ts';
import { inContactTransaction, inNumberTransaction } from '../../../commands/consent/change-person.ts';
import { LOCK, personKey } from '../../../db/addresses/contact-lock.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import { brand, openLedger, placedOrder, untilWaiting } from '../../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

describe('a form of a link that is withdrawn while the form waits for its turn', () => {
  it.each([
    ['about the person', inContactTransaction],
    ['about the number', inNumberTransaction],
  ] as const)('changes nothing %s', async (_, changing) => {
    const { contact, phone } = await placedOrder(ledger.db);
    const row = await ledger.db('addresses').where({ contact_id: contact }).first('link_id', 'link_epoch');
    const owner = { id: row.link_id, epoch: row.link_epoch };
    const changed: string[] = [];
    const form = await ledger.db.transaction(async (trx) => {
      await trx.raw(`select ${LOCK} from (values (cast(? as text))) as people (person)`, [personKey(brand.id, phone)]);
      await trx.raw('select from contacts where id = ? for update', [contact]);
      const waiting = changing(ledger.db, owner, async (_trx, person) => void changed.push(person.contact));
      await untilWaiting(ledger.db, 1);
      await endLinks(trx, { brand: brand.id, contact }, Date.now());
      return { waiting };
    });
    expect(await form.waiting).toBe('revoked');
    expect(changed).toEqual([]);
  });
});

it('withdrawing the links of one number of a contact leaves those of a number that it had before', async () => {
  const { contact, phone } = await placedOrder(ledger.db);
  const former = { brand_id: brand.id, contact_id: contact, channel: 'sms', address: '+393339999001' };
  const at = new Date(0);
  await ledger.db('addresses').insert({ ...former, token: Buffer.from('former'), created_at: at, retired_at: at });
  const epochs = async (): Promise<Record<string, number>> => {
    const rows = await ledger.db('addresses').where({ contact_id: contact }).select('address', 'link_epoch');
    return Object.fromEntries(rows.map(({ address, link_epoch: epoch }) => [address, epoch]));
  };
  const before = await epochs();
  await ledger.db.transaction((trx) => endLinks(trx, { brand: brand.id, contact, address: phone }, Date.now()));
  expect(await epochs()).toEqual({ ...before, [phone]: Number(before[phone]) + 1 });
});
