import type { Db } from '../../db/connection/connect.ts';
import { skipMessage } from '../../db/sending/ledger/messages.ts';
import { foldOrder } from '../../db/orders/folded-order.ts';
import { HOUR } from '../../domain/time/duration.ts';
import type { MessageState } from '../../domain/sending/message.ts';
import { isHeld, ruledOut, stepKey } from '../../domain/journey/plan.ts';
import type { SkipReason } from '../../domain/sending/reason.ts';

export interface AskStillWantedInput {
  readonly message: string;
  /** Epoch ms of the workflow. */
  readonly asOf: number;
}

type HeldBy = 'pause' | 'case';

export type StillWanted =
  | { readonly kind: 'wanted' }
  /** The order is paused, or an open case holds the message. */
  | { readonly kind: 'wait'; readonly until: number; readonly by: HeldBy }
  /**
   * The order is paused, or an open case holds the message, and it may have gone out. Its outcome is settled in the
   * meantime, but it is not sent again before the hold ends.
   */
  | { readonly kind: 'held'; readonly until: number; readonly by: HeldBy }
  /**
   * The order does not want the message any more, and it may have gone out. Its outcome is settled, but it is not
   * sent again.
   */
  | { readonly kind: 'settle_only' }
  | { readonly kind: 'skip'; readonly reason: SkipReason };

/** Interval of the question while an order is paused without an end, or has an open case. */
const PAUSE_ASKED_EVERY = 4 * HOUR;

/**
 * Decides whether the order still wants a message that is to be sent again, or that has waited in the send queue. It
 * uses all recorded facts of the order and the rules of its run, even if that run has ended. A message that is ruled
 * out ends here, with its reason. Safe to run twice.
 */
export function createAskStillWanted({ db }: { readonly db: Db }) {
  return async function askStillWanted({ message, asOf }: AskStillWantedInput): Promise<StillWanted> {
    const row: { brand_id: string; order_id: string | null; step: string; occurrence: string; state: MessageState } =
      await db('messages').where({ id: message }).first('brand_id', 'order_id', 'step', 'occurrence', 'state');
    if (row.order_id === null) return { kind: 'wanted' };
    const folded = await foldOrder(db, row.brand_id, row.order_id, asOf, Infinity);
    if (!folded?.journey) throw new Error('a message of an order that was never placed');
    const { journey, run, history } = folded;
    const { state } = run;
    const key = stepKey(row.step, row.occurrence);
    // The facts of the order were removed, so it is unknown whether the order wants the message.
    const reason = history.order.facts_removed_at ? 'too_late' : ruledOut(journey, state, key, asOf);
    const isPlanned = row.state === 'planned';
    if (reason === undefined) {
      if (!state.hold && !isHeld(journey, state, key, asOf)) return { kind: 'wanted' };
      return {
        kind: isPlanned ? 'wait' : 'held',
        until: state.hold?.until ?? asOf + PAUSE_ASKED_EVERY,
        by: state.hold ? 'pause' : 'case',
      };
    }
    if (!isPlanned) return { kind: 'settle_only' };
    await skipMessage(db, message, reason, `journey.${reason}`, asOf);
    return { kind: 'skip', reason };
  };
}
