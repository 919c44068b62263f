import type { Db } from '../db/connect.ts';
import { readMessageContext } from '../db/message-context.ts';
import { skipMessage } from '../db/messages.ts';
import { saveText } from '../db/slots.ts';
import type { SendWindow } from '../domain/decision.ts';
import type { MessageKind, Tone } from '../domain/message.ts';
import type { Templates } from '../templates/load.ts';
import { renderText } from '../templates/render.ts';

export interface RenderMessageDeps {
  readonly db: Db;
  readonly templates: Templates;
}

export interface RenderMessageInput {
  readonly message: string;
  readonly kind: MessageKind;
  readonly zones: readonly string[];
  /** The hours it has to keep, as `checkConsent` said. */
  readonly window?: SendWindow;
  /** Epoch ms of the workflow. */
  readonly asOf: number;
}

export type RenderMessageResult =
  | { readonly kind: 'rendered'; readonly segments: number }
  /** The lanes are busy: its slot, or the next window. */
  | { readonly kind: 'wait'; readonly until: number; readonly reason: 'slot' }
  /** They are busy for longer than it is useful. */
  | { readonly kind: 'too_late' }
  /** The text needs a placeholder the shop has given no value for. */
  | { readonly kind: 'missing_data'; readonly placeholder: string };

/**
 * Fills the template of a message and puts the text into the ledger: it never enters a history. A promotion or feedback request
 * books its slot in the lanes then. Safe to run twice.
 */
export function createRenderMessage({ db, templates }: RenderMessageDeps) {
  return async function renderMessage({
    message,
    kind,
    zones,
    window,
    asOf,
  }: RenderMessageInput): Promise<RenderMessageResult> {
    const context = await readMessageContext(db, message, { zones, now: asOf });
    const tone: Tone = context.contact.history === 'new' ? 'new' : 'loyal';
    const rendered = renderText(templates, kind, tone, context);
    if (rendered.kind === 'missing') {
      await skipMessage(db, message, 'missing_data', `placeholder.${rendered.placeholder}`, asOf);
      return { kind: 'missing_data', placeholder: rendered.placeholder };
    }
    const slot = await saveText(db, message, rendered, { now: asOf, ...window });
    switch (slot.kind) {
      case 'now':
        return { kind: 'rendered', segments: rendered.segments };
      case 'later':
        return { kind: 'wait', until: slot.until, reason: 'slot' };
      case 'too_late':
        await skipMessage(db, message, 'too_late', slot.rule, asOf);
        return { kind: 'too_late' };
    }
  };
}
