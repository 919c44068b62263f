/** Names and shapes that cross the border between the API and the workflows. The one workflow file the API may import. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { SearchAttributePair, SearchAttributeUpdatePair } from '@temporalio/common';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { CustomerReply, Fact, MessageStatus, OrderEvent } from '../domain/orders/events.ts';
import type { KeywordReply } from '../domain/conversation/inbound.ts';
import type { AskedText, MessageKind } from '../domain/sending/message.ts';
import type { PlanLine } from '../domain/journey/plan.ts';
import type { RunLine, RunSummary } from '../domain/journey/run.ts';
import { nextStep } from '../domain/journey/plan.ts';

export const ORDERS_QUEUE = 'orders';
export const SEND_QUEUE = 'send';

export const ORDER_JOURNEY = 'orderJourney';
export const REPLY = 'reply';
export const REDELIVERY = 'redelivery';
export const CONSENT_RENEWAL = 'consentRenewal';
export const ERASURE = 'erasure';
export const RETENTION = 'retention';

/** The workflow ids of orders are made here and nowhere else. */
export function orderWorkflowId(brand: string, order: string): string {
  return `order:${brand}:${order}`;
}

/** A compliance reply (opt-out confirmed, help) is its own short workflow, so that it happens once per inbound message. */
export function replyWorkflowId(brand: string, inbound: string): string {
  return `reply:${brand}:${inbound}`;
}

/** A redelivery is a short workflow of its own, because the order's run may have ended long ago. */
export function redeliveryWorkflowId(brand: string, redelivery: number): string {
  return `redelivery:${brand}:${redelivery}`;
}

/** Watches the consents of a contact and asks for confirmations and renewals when they are due. */
export function consentWorkflowId(brand: string, contact: string): string {
  return `consent:${brand}:${contact}`;
}

/** An erasure is a workflow because the provider may take days to forget a person. */
export function erasureWorkflowId(brand: string, erasure: string): string {
  return `erasure:${brand}:${erasure}`;
}

export interface OrderRef {
  readonly brand: string;
  readonly order: string;
}

export interface ReplyInput {
  readonly brand: string;
  readonly contact: string;
  /**
   * The inbound message that is answered, or the text that was requested on the page. It is the occurrence of the
   * reply in the ledger.
   */
  readonly inbound: string;
  readonly send: KeywordReply | AskedText;
  /** Epoch ms of the customer's message or request. */
  readonly at: number;
}

export interface RedeliveryInput {
  readonly message: string;
  readonly kind: MessageKind;
  /** The message is not sent before this moment, epoch ms. */
  readonly at: number;
}

export interface ConsentRenewalInput {
  readonly brand: string;
  readonly contact: string;
}

export interface ErasureInput {
  readonly erasure: string;
  readonly brand: string;
  readonly contact: string;
  /** Epoch ms. */
  readonly requestedAt: number;
}

/**
 * One event, or null and up to 100 facts of any kind. A signal per fact would fill a history: a run takes at most 10,000 signals. A
 * worker of the version before cannot read null, so its workflow task fails until a newer worker takes over. It would ignore a signal of
 * a new name and lose the facts at the next continue-as-new.
 */
export const orderEventSignal = defineSignal<[event: OrderEvent | null, facts?: readonly Fact[]]>('orderEvent');
export const customerRepliedSignal = defineSignal<[CustomerReply]>('customerReplied');
export const messageStatusSignal = defineSignal<[MessageStatus]>('messageStatus');
/** The contact has made a new statement about consents. */
export const consentChangedSignal = defineSignal('consentChanged');
/** The person of an order, or of a watch over consents, is being erased: the run ends at once. */
export const contactErasedSignal = defineSignal('contactErased');

export const planQuery = defineQuery<readonly PlanLine[]>('plan');
export const timelineQuery = defineQuery<readonly RunLine[]>('timeline');

/** Every command carries the caller's idempotency key, which is the update id too: a repeated one changes nothing. */
export interface Command {
  readonly id: string;
}
export interface PauseCommand extends Command {
  /** Epoch ms; absent: until resumed. */
  readonly until?: number;
}
export interface SkipCommand extends Command {
  /** A step id of the order's journey, or one key of it (`shipped#parcel`). */
  readonly step: string;
}

export interface CommandResult {
  readonly plan: readonly PlanLine[];
}

export const pauseUpdate = defineUpdate<CommandResult, [PauseCommand]>('pause');
export const resumeUpdate = defineUpdate<CommandResult, [Command]>('resume');
export const skipStepUpdate = defineUpdate<CommandResult, [SkipCommand]>('skipStep');
export const cancelMessagesUpdate = defineUpdate<CommandResult, [Command]>('cancelMessages');

/** Search attributes of an order's run; upserted only when one changes. Never a name or number: they are not encrypted. */
export const SEARCH_ATTRIBUTES = {
  brand: defineSearchAttributeKey('DopoBrand', 'KEYWORD'),
  contact: defineSearchAttributeKey('DopoContact', 'KEYWORD'),
  phase: defineSearchAttributeKey('DopoPhase', 'KEYWORD'),
  nextStep: defineSearchAttributeKey('DopoNextStep', 'KEYWORD'),
  nextDue: defineSearchAttributeKey('DopoNextDue', 'DATETIME'),
  hold: defineSearchAttributeKey('DopoHold', 'BOOL'),
};

/** A run as its search attributes show it. */
export interface ShownRun extends RunSummary {
  readonly brand: string;
}

/** The search attributes of a run; null where there is no value. */
export function searchAttributesOf({ brand, contact, phase, plan, paused }: ShownRun): SearchAttributeUpdatePair[] {
  const next = nextStep(plan);
  return [
    { key: SEARCH_ATTRIBUTES.brand, value: brand },
    { key: SEARCH_ATTRIBUTES.contact, value: contact ?? null },
    { key: SEARCH_ATTRIBUTES.phase, value: phase },
    { key: SEARCH_ATTRIBUTES.nextStep, value: next?.key ?? null },
    // A step that a case holds becomes due when the case is closed, and that moment is not known.
    { key: SEARCH_ATTRIBUTES.nextDue, value: next && !next.heldBy ? new Date(next.dueAt) : null },
    { key: SEARCH_ATTRIBUTES.hold, value: paused },
  ];
}

/**
 * The search attributes for the start of a run, without those that have no value. Setting them at the start costs no
 * action.
 */
export function startAttributesOf(shown: ShownRun): SearchAttributePair[] {
  return searchAttributesOf(shown).filter((pair): pair is SearchAttributePair => pair.value !== null);
}
