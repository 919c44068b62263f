import { isCancellation, log } from '@temporalio/workflow';
import type { CheckConsentOptions } from '../activities/check-consent.ts';
import type { Intent, HeldBack, SendMessageResult } from '../domain/sending/intent.ts';
import { LAST_SETTLE_AFTER } from '../domain/sending/ledger.ts';
import type { MessageKind } from '../domain/sending/message.ts';
import { kindRule } from '../domain/sending/message.ts';
import { checkAndSend, checkConsent, renderMessage, sendActivities } from './proxies.ts';

/** A message that may be sent and has its text. */
export interface ReadyMessage {
  readonly kind: 'ready';
  readonly message: string;
  /** The result, if the worker of orders tried to send it. Absent: the message goes into the send queue. */
  readonly sent?: SendMessageResult;
}

export type Prepared = ReadyMessage | HeldBack;

/**
 * Asks the gate, has the text written and the message sent if the worker can send it now, in one local activity. A message with a further
 * channel takes the send queue, because a receipt for it may come before its result. In older histories the text is an activity of its own.
 */
export async function prepare(input: Intent & CheckConsentOptions): Promise<Prepared> {
  const checked = await (input.awaited
    ? checkConsent({ ...input, render: true })
    : checkAndSend({ ...input, render: true, send: true }));
  if (checked.kind !== 'send') return checked;
  const { message, zones, window } = checked;
  const rendered =
    checked.rendered ??
    (await renderMessage({ message, kind: input.kind, zones, ...(window && { window }), asOf: input.asOf }));
  switch (rendered.kind) {
    case 'rendered':
      return { kind: 'ready', message, ...(checked.sent && { sent: checked.sent }) };
    case 'wait':
      return rendered;
    case 'too_late':
    case 'missing_data':
    case 'no_text_in_language':
      return { kind: 'skip', reason: rendered.kind };
  }
}

/** Returns the result of a ready message. A message that was not sent yet goes through the send queue. */
export async function deliver({ message, sent }: ReadyMessage, kind: MessageKind): Promise<SendMessageResult> {
  return sent ?? sendFromQueue(message, kind);
}

/**
 * Hands a ready message to the send queue of its class. `settleOnly`: it was handed over before and must not be sent
 * again. Rejects only if the run is cancelled. The activity is retried without end, so only an operator can fail it;
 * the result is then `unknown`, and the ledger is asked later.
 */
export async function sendFromQueue(
  message: string,
  kind: MessageKind,
  settleOnly = false,
): Promise<SendMessageResult> {
  try {
    const input = { message, kind, asOf: Date.now(), ...(settleOnly && { settleOnly: true as const }) };
    return await sendActivities[kindRule(kind).class].sendMessage(input);
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('a send was failed from outside', { message });
    return { kind: 'unknown', settleAt: Date.now() + LAST_SETTLE_AFTER };
  }
}
