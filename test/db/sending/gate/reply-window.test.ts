import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freeTextUntil } from '../../../../channels/channel.ts';
import { storeInbound } from '../../../../db/conversation/conversations.ts';
import { wroteAt } from '../../../../db/sending/gate/gate-columns.ts';
import { DAY, MINUTE } from '../../../../domain/time/duration.ts';
import type { Channel } from '../../../../domain/sending/message.ts';
import type { Ledger, PlacedOrder } from '../../../helpers/ledger.ts';
import { NOON, brand, openLedger, placedOrder } from '../../../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

async function writes({ contact, phone, order }: PlacedOrder, channel: Channel, at: number, now = at): Promise<void> {
  const text = { brand: brand.id, channel, address: phone, text: 'Ciao', meaning: { kind: 'question' } } as const;
  await ledger.db.transaction((trx) =>
    storeInbound(trx, { ...text, providerId: `${contact}.${channel}.${at}`, at, writer: { contact, order } }, now),
  );
}

/** Epoch ms. */
async function lastWritten({ contact }: PlacedOrder, channel: Channel): Promise<number | undefined> {
  const { rows } = await ledger.db.raw<{ rows: { wrote_at: Date | null }[] }>(
    `select ${wroteAt(['rcs']).join()} from contacts c cross join (select cast(:channel as text) as channel) t where c.id = :contact`,
    { contact, channel },
  );
  return rows[0]?.wrote_at?.getTime();
}

describe('a channel with a reply window', () => {
  it('counts what the customer has written there last, and nowhere else', async () => {
    const order = await placedOrder(ledger.db);
    expect(await lastWritten(order, 'rcs')).toBeUndefined();
    await writes(order, 'rcs', NOON - DAY);
    await writes(order, 'rcs', NOON - MINUTE);
    await writes(order, 'sms', NOON);
    expect(await lastWritten(order, 'rcs')).toBe(NOON - MINUTE);
    expect(await lastWritten(order, 'sms')).toBeUndefined();
  });

  it('is not open for longer because a clock of the provider is ahead', async () => {
    const order = await placedOrder(ledger.db);
    await writes(order, 'rcs', NOON + DAY, NOON);
    expect(await lastWritten(order, 'rcs')).toBe(NOON);
  });

  it('takes free text for so long after that, and none before the customer has written', () => {
    expect(freeTextUntil({ freeTextWithin: DAY }, NOON)).toBe(NOON + DAY);
    expect(freeTextUntil({ freeTextWithin: DAY }, undefined)).toBe(0);
    expect(freeTextUntil({}, undefined)).toBeUndefined();
  });
});

it('costs the statement of the gate nothing while no channel has one', () => {
  expect(wroteAt([])).toEqual([]);
});
