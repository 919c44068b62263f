/** Messages that reserve tokens of lanes, at moments a test chooses. */
import type { Db } from '../../db/connection/connect.ts';
import { readMessageAndGate } from '../../db/sending/ledger/ledger-message.ts';
import type { Slot, SlotWish } from '../../db/sending/lanes/slots.ts';
import { saveText } from '../../db/sending/lanes/slots.ts';
import type { Reservation } from '../../db/sending/lanes/reservations.ts';
import type { MessageKind } from '../../domain/sending/message.ts';
import type { Ledger, PlacedOrder } from './ledger.ts';
import { NOON, TEXT, openLedger, placedOrder, planned } from './ledger.ts';

let count = 0;

/** A message in the ledger with its text, of an occurrence of its own. */
export function anotherMessage(db: Db, order: PlacedOrder, kind: MessageKind, dueAt: number): Promise<string> {
  count += 1;
  return planned(db, order, { kind, occurrence: `nr-${count}`, dueAt });
}

export interface LaneLedger extends Ledger {
  /** Another message about the same order, due at noon. Returns its id. */
  message(kind: MessageKind): Promise<string>;
}

/** A ledger with one order. Its lanes are for the test to make: see `removeLanes`. */
export async function openLaneLedger(): Promise<LaneLedger> {
  const ledger = await openLedger();
  const order = await placedOrder(ledger.db);
  return { ...ledger, message: (kind) => anotherMessage(ledger.db, order, kind, NOON) };
}

/** All of them but the one for looking records up, which is not of a test's making. */
export async function removeLanes(db: Db): Promise<void> {
  await db('lanes').whereNot({ id: 'records' }).del();
}

/** The answer of the send activity's first statement at `now`. */
export async function reserveTokens(db: Db, message: string, now: number): Promise<Reservation> {
  const read = await readMessageAndGate(db, message, now, ['planned']);
  if (!read?.reservation) throw new Error('no reservation');
  return read.reservation;
}

/** The answer of rendering a text of so many segments. */
export function book(db: Db, message: string, wish: SlotWish, segments = 1): Promise<Slot> {
  return saveText(db, message, { text: TEXT, locale: 'it', encoding: 'gsm7', segments }, wish);
}

/** No tokens are taken or booked: each test begins at the same noon. */
export async function emptyLanes(db: Db): Promise<void> {
  await db('lanes').update({ taken_to: '-infinity', booked_to: '-infinity', urgent_to: '-infinity' });
}
