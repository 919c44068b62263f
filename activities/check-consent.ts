import type { SendWindow } from '../domain/send-window.ts';
import type { SkipReason, WaitReason } from '../domain/reason.ts';
import type { Db } from '../db/connect.ts';
import { readGate } from '../db/gate/gate.ts';
import type { Intended } from '../db/ledger/messages.ts';
import { recordDecision } from '../db/ledger/messages.ts';
import type { RuleData } from '../db/gate/gate-decision.ts';
import { decide } from '../db/gate/gate-decision.ts';
import type { RenderMessage, RenderMessageResult } from './render-message.ts';

export interface CheckConsentDeps {
  readonly db: Db;
  readonly rules: RuleData;
  /** Writes the text of a message that may go out. Absent: that is asked for by itself. */
  readonly renderMessage?: RenderMessage;
  /** Between the decision and the text. */
  readonly checked?: (message: string) => Promise<void>;
}

export interface CheckConsentInput extends Intended {
  /** Its text is written too, if it may go out: two local activities cost a workflow two tasks of its thread and two events. */
  readonly render?: true;
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
    }
  | { readonly kind: 'wait'; readonly until: number; readonly reason: WaitReason }
  | { readonly kind: 'skip'; readonly reason: SkipReason };

/** May this message go out now? The decision is written down with the rule that made it. Safe to run twice. */
export function createCheckConsent({ db, rules, renderMessage, checked }: CheckConsentDeps) {
  return async function checkConsent({
    asOf,
    render,
    heard,
    ...message
  }: CheckConsentInput): Promise<CheckConsentResult> {
    const gate = await readGate(db, message, asOf);
    const { decision, where, window } = decide(message, gate, rules, asOf);
    const { id } = await recordDecision(db, { ...message, contact: gate.contact }, decision, where, asOf, heard);
    if (decision.kind === 'wait') return { kind: 'wait', until: decision.until, reason: decision.reason };
    if (decision.kind === 'skip') return { kind: 'skip', reason: decision.reason };
    if (id === undefined) throw new Error('a message to be sent is not in the ledger');
    const allowed = { kind: 'send', message: id, zones: where.zones, ...(window && { window }) } as const;
    if (!render || !renderMessage) return allowed;
    await checked?.(id);
    const { zones } = where;
    const rendered = await renderMessage({ message: id, kind: message.kind, zones, ...(window && { window }), asOf });
    return { ...allowed, rendered };
  };
}
