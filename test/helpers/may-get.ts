import type { Db } from '../../db/connection/connect.ts';
import { decide } from '../../domain/sending/gate/decide.ts';
import { readGate } from '../../db/sending/gate/gate.ts';
import type { MessageKind } from '../../domain/sending/message.ts';
import { rules } from './rules.ts';
import type { PlacedOrder } from './ledger.ts';
import { intended } from './ledger.ts';

/** The gate's decision about a message to an order's customer at this moment: `send`, or the reason why not. */
export async function mayGet(db: Db, placed: PlacedOrder, kind: MessageKind, now: number): Promise<string> {
  const intent = intended(placed, { kind, occurrence: '', dueAt: now });
  const { decision } = decide(intent, await readGate(db, intent, now), rules, now);
  return decision.kind === 'send' ? 'send' : decision.reason;
}
