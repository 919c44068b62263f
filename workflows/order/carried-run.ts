/** Input and result of a run of an order's workflow. */
import type { CompiledJourney } from '../../domain/journey/compiled-journey.ts';
import type { CorrectedBy } from '../../domain/orders/correction.ts';
import type { MessageKind } from '../../domain/sending/message.ts';
import type { OrderState } from '../../domain/journey/plan.ts';
import type { OrderRef, TimelineLine } from '../contract.ts';

/** A message whose outcome is unknown, and when it is to be settled, epoch ms. */
export interface Settling {
  readonly message: string;
  readonly kind: MessageKind;
  readonly at: number;
  /** The step's key and the index of the channel, from the second channel on. */
  readonly key?: string;
  readonly hop?: number;
}

/** The message's step, by its key, and the index of its channel. */
export interface Awaited {
  readonly key: string;
  readonly hop: number;
}

export interface CorrectedContact extends CorrectedBy {
  readonly contact: string;
}

/** Everything a run hands to the next one; at most 4 KB as JSON. */
export interface CarriedRun {
  readonly contact?: string;
  /** The order's contact since its number was corrected. */
  readonly correction?: CorrectedContact;
  readonly journey?: CompiledJourney;
  readonly state: OrderState;
  /** By step key; from the second channel on by message. */
  readonly settling: Readonly<Record<string, Settling>>;
  /** By message: those that have another channel behind them. */
  readonly awaited?: Readonly<Record<string, Awaited>>;
  /** Ids of the last commands: an update id is only known to the run it came to. */
  readonly commands: readonly string[];
  readonly timeline: readonly TimelineLine[];
  /** The id of the fact that was told last. Absent: carried by the version before. */
  readonly heard?: string;
}

export interface OrderJourneyInput extends OrderRef {
  readonly carried?: CarriedRun;
}

export interface OrderOutcome {
  readonly outcome: 'completed' | 'never_arrived' | 'order_never_came' | 'erased';
  readonly sent: number;
  readonly skipped: number;
  readonly failed: number;
}
