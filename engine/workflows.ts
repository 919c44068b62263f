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
  /** The workflow's validator refused the command; `why` is its message. */
  | { readonly kind: 'rejected'; readonly why: string }
  /** The run has never started, or has ended. */
  | { readonly kind: 'not_running' }
  /**
   * The answer did not come in time. The command may or may not be carried out; sent again with the same id, it is
   * carried out once.
   */
  | { readonly kind: 'unreachable' };

export type Told = 'told' | 'finished';

/** Facts per call. With the longest ids they are 40 KB; a signal may have 2 MB. */
export const TOLD_AT_ONCE = 100;

export interface Workflows {
  /**
   * Tells facts to the workflow of their order, at most `TOLD_AT_ONCE`. The first fact starts the workflow, and a
   * fact that is told twice changes nothing. `begun`: a workflow was already told of the order itself, so no other
   * one is started, because it would not know the order. Throws if the engine cannot be reached or refuses the facts
   * (engine/call-failure.ts).
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
  /**
   * Makes sure that the daily work has its schedule, and leaves an existing one as people have set it. False: this
   * engine has no schedules.
   */
  keepSchedules(): Promise<boolean>;
  pause(ref: OrderRef, command: PauseCommand): Promise<CommandAnswer>;
  resume(ref: OrderRef, command: Command): Promise<CommandAnswer>;
  skip(ref: OrderRef, command: SkipCommand): Promise<CommandAnswer>;
  cancelMessages(ref: OrderRef, command: Command): Promise<CommandAnswer>;
  /** True if the engine answers. */
  reachable(): Promise<boolean>;
}
