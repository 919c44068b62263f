import type { SendWindow } from '../domain/sending/gate/hours.ts';
import type { SkipReason, WaitReason } from '../domain/sending/reason.ts';
import type { Db } from '../db/connection/connect.ts';
import { readGate } from '../db/sending/gate/gate.ts';
import type { Intent, SendMessageResult } from '../domain/sending/intent.ts';
import { recordDecision } from '../db/sending/ledger/messages.ts';
import { saveText } from '../db/sending/lanes/slots.ts';
import { asInserted } from '../db/sending/ledger/ledger-message.ts';
import type { RuleData } from '../domain/rules/rule-data.ts';
import { decide } from '../domain/sending/gate/decide.ts';
import type { RenderMessageResult, WriteText } from './render-message.ts';
import type { SendInPlace } from './send/send-in-place.ts';

export interface CheckConsentDeps {
  readonly db: Db;
  readonly rules: RuleData;
  /** Writes the text of a message that may go out. Absent: the workflow asks for the text in an activity of its own. */
  readonly writeText?: WriteText;
  /** Sends a message that has its text, unless the worker has too many sends under way. Absent: all messages take the send queue. */
  readonly sendInPlace?: SendInPlace;
  /** Called between the decision and the text, for drills. */
  readonly checked?: (message: string) => Promise<void>;
}

/** The question to the gate about an intent. On the wire these are fields beside those of the intent. */
export interface CheckConsentOptions {
  /**
   * Also writes the text of a message that may go out. Two local activities instead of one would cost a workflow two
   * tasks of its thread and two events.
   */
  readonly render?: true;
  /** Also sends the message, if this worker can send it now. */
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
      /** Absent: the workflow puts the message into the send queue. */
      readonly sent?: SendMessageResult;
    }
  | { readonly kind: 'wait'; readonly until: number; readonly reason: WaitReason }
  | { readonly kind: 'skip'; readonly reason: SkipReason };

/**
 * Decides whether a message may go out now, and records the decision with the rule that made it. Safe to run twice: a message that an
 * earlier run submitted is not decided again. The send queue finds out its outcome.
 */
export function createCheckConsent({ db, rules, writeText, sendInPlace, checked }: CheckConsentDeps) {
  return async function checkConsent({
    asOf,
    render,
    send,
    heard,
    ...message
  }: Intent & CheckConsentOptions): Promise<CheckConsentResult> {
    const gate = await readGate(db, message, asOf);
    if (send && gate.submittedBefore !== undefined) return submittedBefore(gate.submittedBefore);
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
    // The text of a message that is sent here is stored with its submission.
    const leaves = send === true && sendInPlace !== undefined && isNew === true && state === 'planned';
    const input = { message: id, kind, zones, ...(window && { window }), asOf };
    const { result: rendered, text } = await writeText(input, leaves);
    // An unknown outcome is settled on the send queue: the provider's records may take 10 s to answer.
    if (!send || !sendInPlace || state !== 'planned' || !text) return { ...allowed, rendered };
    const inserted =
      isNew && text.locale === gate.textLocale ? { message: asInserted(id, intended, text), gate } : undefined;
    if (leaves && !inserted) await saveText(db, id, text);
    const sent = await sendInPlace({ message: id, kind, asOf }, inserted);
    // The send queue, or the next run, finds the text in the ledger. A message that was submitted keeps what it went out with.
    if (leaves && sent?.kind !== 'accepted') await saveText(db, id, text);
    return { ...allowed, rendered, ...(sent && { sent }) };
  };
}

function submittedBefore(message: string): CheckConsentResult {
  return { kind: 'send', message, zones: [], rendered: { kind: 'rendered', segments: 0 } };
}
