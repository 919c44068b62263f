import type { Db } from '../db/connect.ts';
import { readMessageContext } from '../db/message-context.ts';
import { saveText, skipMessage } from '../db/messages.ts';
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
  /** Epoch ms of the workflow. */
  readonly asOf: number;
}

export type RenderMessageResult =
  | { readonly kind: 'rendered'; readonly segments: number }
  /** The text needs a placeholder the shop has given no value for. */
  | { readonly kind: 'missing_data'; readonly placeholder: string };

/** Fills the template of a message and puts the text into the ledger: it never enters a history. Safe to run twice. */
export function createRenderMessage({ db, templates }: RenderMessageDeps) {
  return async function renderMessage({
    message,
    kind,
    zones,
    asOf,
  }: RenderMessageInput): Promise<RenderMessageResult> {
    const context = await readMessageContext(db, message, { zones, now: asOf });
    const tone: Tone = context.contact.history === 'new' ? 'new' : 'loyal';
    const rendered = renderText(templates, kind, tone, context);
    if (rendered.kind === 'missing') {
      await skipMessage(db, message, 'missing_data', `placeholder.${rendered.placeholder}`, asOf);
      return { kind: 'missing_data', placeholder: rendered.placeholder };
    }
    await saveText(db, message, rendered);
    return { kind: 'rendered', segments: rendered.segments };
  };
}
