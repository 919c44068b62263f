import type { Db } from '../../db/connection/connect.ts';
import { decide } from '../../db/sending/gate/gate-decision.ts';
import { readGate } from '../../db/sending/gate/gate.ts';
import type { MessageKind } from '../../domain/sending/message.ts';
import { kindRule } from '../../domain/sending/message.ts';
import { rules } from './rules.ts';
import type { PlacedOrder } from './ledger.ts';

/** The gate's decision about a message to an order's customer at this moment: `send`, or the reason why not. */
export async function mayGet(db: Db, placed: PlacedOrder, kind: MessageKind, now: number): Promise<string> {
  const { brand, order, contact } = placed;
  const gate = await readGate(db, { brand, order, contact, step: kind, occurrence: '', kind, channel: 'sms' }, now);
  const { decision } = decide(
    {
      kind,
      channel: 'sms',
      triggeredAt: now,
      usefulUntil: now + kindRule(kind).usefulFor,
      inReply: false,
      guards: [],
    },
    gate,
    rules,
    now,
  );
  return decision.kind === 'send' ? 'send' : decision.reason;
}
