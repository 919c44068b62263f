/** Messages that take their turn in lanes, at moments a test chooses. */
import type { Db } from '../../db/connect.ts';
import { readMessageAndGate } from '../../db/ledger-message.ts';
import type { Slot, SlotWish } from '../../db/slots.ts';
import { saveText } from '../../db/slots.ts';
import type { Turn } from '../../db/turns.ts';
import type { MessageKind } from '../../domain/message.ts';
import type { PlacedOrder } from './ledger.ts';
import { TEXT, planned } from './ledger.ts';

let count = 0;

/** A message in the ledger with its text, of an occurrence of its own. */
export function anotherMessage(db: Db, order: PlacedOrder, kind: MessageKind, dueAt: number): Promise<string> {
  count += 1;
  return planned(db, order, { kind, occurrence: `nr-${count}`, dueAt });
}

/** What the send activity's first statement answers at `now`. */
export async function takeTurn(db: Db, message: string, now: number): Promise<Turn> {
  const read = await readMessageAndGate(db, message, now, ['planned']);
  if (!read?.turn) throw new Error('no turn');
  return read.turn;
}

/** What rendering a text of so many segments answers. */
export function book(db: Db, message: string, wish: SlotWish, segments = 1): Promise<Slot> {
  return saveText(db, message, { text: TEXT, locale: 'it', encoding: 'gsm7', segments }, wish);
}

/** Nothing is taken of any lane and nothing booked: each test begins at the same noon. */
export async function emptyLanes(db: Db): Promise<void> {
  await db('lanes').update({ taken_to: '-infinity', booked_to: '-infinity', urgent_to: '-infinity' });
}
