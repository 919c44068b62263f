/** Calls of the API to the workflow engine, and their results. */
import type { PendingErasure } from '../db/privacy/pending-erasures.ts';
import type { PendingRedelivery } from '../db/sending/ledger/redeliveries.ts';
import type { Fact } from '../domain/orders/events.ts';
import type { PlanLine } from '../domain/journey/plan.ts';
import type {
  Command,
  ConsentRenewalInput,
  OrderRef,
  PauseCommand,
  ReplyInput,
  SkipCommand,
} from '../workflows/contract.ts';

export type CommandAnswer =
  | { readonly kind: 'done'; readonly plan: readonly PlanLine[] }
  /** The workflow's validator said no; `why` is its message. */
  | { readonly kind: 'rejected'; readonly why: string }
  /** It never started, or has ended. */
  | { readonly kind: 'not_running' }
  /** No answer in time: it may or may not happen, and the same command id makes it happen once. */
  | { readonly kind: 'unreachable' };

export type Told = 'told' | 'finished';

/** Facts per call. With the longest ids they are 40 KB; a signal may have 2 MB. */
export const TOLD_AT_ONCE = 100;

export interface Workflows {
  /**
   * Tells facts to their order's workflow, which starts with the first one; at most `TOLD_AT_ONCE`. Telling a fact twice changes nothing.
   * `begun`: the workflow was told of the order itself, so none is started: it would not know the order.
   * Throws when the engine cannot be reached, or refuses them for this order (engine/call-failure.ts).
   */
  tell(ref: OrderRef, facts: readonly Fact[], options?: { readonly begun?: boolean }): Promise<Told>;
  /**
   * Ms for which the next task of an order's workflow has waited for a worker; 0 if it waits for none. It compares the engine's clock
   * with ours.
   */
  waits(ref: OrderRef): Promise<number>;
  /** Starts the one reply to an inbound message. Starting it again changes nothing. Throws as `tell` does. */
  reply(input: ReplyInput): Promise<void>;
  /** Starts sending a message again, once per redelivery. Throws as `tell` does. */
  redeliver(pending: PendingRedelivery): Promise<void>;
  /** Tells the workflow of a contact's consents to look again; it starts if it does not run. Throws as `tell` does. */
  watchConsents(input: ConsentRenewalInput): Promise<void>;
  /** Starts erasing a person, once. Throws as `tell` does. */
  erase(pending: PendingErasure): Promise<void>;
  /** Makes sure that the daily work has its schedule; one that is there stays as people have set it. False: this engine has none. */
  keepSchedules(): Promise<boolean>;
  pause(ref: OrderRef, command: PauseCommand): Promise<CommandAnswer>;
  resume(ref: OrderRef, command: Command): Promise<CommandAnswer>;
  skip(ref: OrderRef, command: SkipCommand): Promise<CommandAnswer>;
  cancelMessages(ref: OrderRef, command: Command): Promise<CommandAnswer>;
  /** True if the engine answers. */
  reachable(): Promise<boolean>;
}
