import type { SendWindow } from '../domain/send-window.ts';
import type { SkipReason, WaitReason } from '../domain/reason.ts';
import type { Db } from '../db/connect.ts';
import { readGate } from '../db/gate/gate.ts';
import type { Intended } from '../db/ledger/messages.ts';
import { recordDecision } from '../db/ledger/messages.ts';
import { asWritten } from '../db/ledger/ledger-message.ts';
import type { RuleData } from '../db/gate/gate-decision.ts';
import { decide } from '../db/gate/gate-decision.ts';
import type { RenderMessageResult, WriteText } from './render-message.ts';
import type { SendHere } from './send-here.ts';
import type { SendMessageResult } from './send-result.ts';

export interface CheckConsentDeps {
  readonly db: Db;
  readonly rules: RuleData;
  /** Writes the text of a message that may go out. Absent: that is asked for by itself. */
  readonly writeText?: WriteText;
  /** Sends a message that has its text, if there is room. Absent: all messages take the send queue. */
  readonly sendHere?: SendHere;
  /** Between the decision and the text. */
  readonly checked?: (message: string) => Promise<void>;
}

export interface CheckConsentInput extends Intended {
  /** Its text is written too, if it may go out: two local activities cost a workflow two tasks of its thread and two events. */
  readonly render?: true;
  /** It is sent too, where that can be done at once. */
  readonly send?: true;
  /** The id of the fact that the order's run was told of last. Absent: none, or a run of the version before. */
  readonly heard?: string;
  /** Epoch ms of the workflow: a local activity sees the wall clock, which virtual time leaves behind. */
  readonly asOf: number;
}

export type CheckConsentResult =
  | {
      readonly kind: 'send';
      readonly message: string;
      readonly zones: readonly string[];
      /** The hours a promotion or feedback request has to keep. Absent: none, or another class. */
      readonly window?: SendWindow;
      /** Absent: the text has not been asked for, as by runs of the version before. */
      readonly rendered?: RenderMessageResult;
      /** Absent: it is to be handed to the send queue. */
      readonly sent?: SendMessageResult;
    }
  | { readonly kind: 'wait'; readonly until: number; readonly reason: WaitReason }
  | { readonly kind: 'skip'; readonly reason: SkipReason };

/**
 * May this message go out now? The decision is written down with the rule that made it. Safe to run twice: a message that an earlier run
 * has handed over is not decided again, and the send queue finds out what became of it.
 */
export function createCheckConsent({ db, rules, writeText, sendHere, checked }: CheckConsentDeps) {
  return async function checkConsent({
    asOf,
    render,
    send,
    heard,
    ...message
  }: CheckConsentInput): Promise<CheckConsentResult> {
    const gate = await readGate(db, message, asOf);
    if (send && gate.handedOver !== undefined) return handedOver(gate.handedOver);
    const { decision, where, window } = decide(message, gate, rules, asOf);
    const intended = { ...message, contact: gate.contact };
    const { id, state, isNew } = await recordDecision(db, intended, decision, where, asOf, heard);
    if (decision.kind === 'wait') return { kind: 'wait', until: decision.until, reason: decision.reason };
    if (decision.kind === 'skip') return { kind: 'skip', reason: decision.reason };
    if (id === undefined) throw new Error('a message to be sent is not in the ledger');
    const { zones } = where;
    const allowed = { kind: 'send', message: id, zones, ...(window && { window }) } as const;
    if (!render || !writeText) return allowed;
    await checked?.(id);
    const { kind } = message;
    const { result: rendered, text } = await writeText({ message: id, kind, zones, ...(window && { window }), asOf });
    // To settle an unknown outcome may take the provider's records, which are slow.
    if (!send || !sendHere || state !== 'planned' || !text) return { ...allowed, rendered };
    const written =
      isNew && text.locale === gate.textLocale ? { message: asWritten(id, intended, text), gate } : undefined;
    const sent = await sendHere({ message: id, kind, asOf }, written);
    return { ...allowed, rendered, ...(sent && { sent }) };
  };
}

function handedOver(message: string): CheckConsentResult {
  return { kind: 'send', message, zones: [], rendered: { kind: 'rendered', segments: 0 } };
}
