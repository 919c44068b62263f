/** What the API asks of the workflow engine, and what it can be told. */
import type { PendingErasure } from '../db/privacy/erasures.ts';
import type { PendingRedelivery } from '../db/ledger/redeliveries.ts';
import type { Fact } from '../domain/event.ts';
import type { PlanLine } from '../domain/plan.ts';
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

export interface Workflows {
  /** Hands a fact to the order's workflow, which starts with its first one. Throws when the engine cannot be reached. */
  tell(ref: OrderRef, fact: Fact): Promise<'told' | 'finished'>;
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
