import type { Knex } from 'knex';
import type { Meaning } from '../domain/inbound.ts';
import type { Db } from './connect.ts';
import { openCase } from './cases.ts';
import { changeSuppression } from './contacts.ts';
import type { Sender } from './conversations.ts';
import { storeInbound } from './conversations.ts';
import { storeFact } from './inbox.ts';
import type { StatusReport } from './statuses.ts';
import { recordStatus } from './statuses.ts';

export interface ReceivedText {
  readonly brand: string;
  readonly providerId: string;
  /** E.164. */
  readonly from: string;
  readonly text: string;
  readonly meaning: Meaning;
  readonly sender?: Sender;
  /** Epoch ms. */
  readonly at: number;
}

const REPLIES = { stop: 'opt_out_confirmed', start: 'opt_in_confirmed', help: 'help' } as const;

/** Stores a customer's text with everything it changes, in one transaction and once, however often the provider delivers it. */
export async function receiveText(db: Db, received: ReceivedText, now: number): Promise<'stored' | 'duplicate'> {
  const { meaning, from: address, ...rest } = received;
  const reply = 'score' in meaning || meaning.kind === 'question' ? undefined : REPLIES[meaning.kind];
  return db.transaction(async (trx) => {
    const id = await storeInbound(trx, { ...rest, address, meaning, ...(reply !== undefined && { reply }) }, now);
    if (id === undefined) return 'duplicate';
    await actOn(trx, received, id, now);
    return 'stored';
  });
}

async function actOn(trx: Knex.Transaction, received: ReceivedText, inbound: string, now: number): Promise<void> {
  const { brand, from: address, meaning, sender, at } = received;
  switch (meaning.kind) {
    case 'stop':
      return changeSuppression(trx, { brand, address, state: 'stopped', source: `inbound:${inbound}`, at }, now);
    case 'start':
      return changeSuppression(trx, { brand, address, state: 'lifted', source: `inbound:${inbound}`, at }, now);
    case 'help':
      return;
    case 'rated':
    case 'nps_given': {
      // Only an open question makes an answer of a number, and that question was asked about an order.
      const order = sender?.openQuestion?.order;
      if (order === undefined) return;
      await storeFact(trx, {
        brand,
        order,
        source: 'customer',
        id: received.providerId,
        type: meaning.kind,
        at,
        payload: { score: meaning.score },
        requestHash: Buffer.alloc(0),
        now,
      });
      return;
    }
    case 'question':
      if (!sender) return;
      await openCase(trx, {
        brand,
        contact: sender.contact,
        order: sender.order,
        kind: 'question',
        cause: inbound,
        at,
        byWorkflow: false,
      });
  }
}

/** What a status says about the person, besides the message: the number is not to be texted, or cannot be. */
export interface AddressVerdict {
  /** E.164. */
  readonly address: string;
  readonly verdict: 'refuses' | 'unusable';
  /** The provider's code, kept as the proof. */
  readonly code: string;
}

/** Stores a status webhook, moves its message and does what it says about the person, in one transaction and once. */
export async function receiveStatus(
  db: Db,
  status: StatusReport,
  about: AddressVerdict | undefined,
  now: number,
): Promise<'stored' | 'ignored'> {
  // Nearly every receipt says nothing about the person: one statement, no transaction around it.
  if (!about) return (await recordStatus(db, status, now)) ? 'stored' : 'ignored';
  return db.transaction(async (trx) => {
    const owner = await recordStatus(trx, status, now);
    if (!owner) return 'ignored';
    if (about.verdict === 'refuses') {
      const source = `provider:${about.code}`;
      await changeSuppression(
        trx,
        { brand: owner.brand, address: about.address, state: 'stopped', source, at: status.at },
        now,
      );
    }
    if (about.verdict === 'unusable')
      await trx('addresses')
        .where({ brand_id: owner.brand, contact_id: owner.contact, channel: 'sms', address: about.address })
        .update({ usable: false });
    return 'stored';
  });
}
