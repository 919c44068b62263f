import type { Db } from '../db/connection/connect.ts';
import type { RuleData } from '../domain/rules/rule-data.ts';
import { placeOf } from '../domain/place/contact-place.ts';
import type { RecipientContext } from '../db/sending/ledger/message-context.ts';
import { readMessageContext } from '../db/sending/ledger/message-context.ts';
import { skipMessage } from '../db/sending/ledger/messages.ts';
import type { TextToStore } from '../db/sending/lanes/slots.ts';
import { saveText } from '../db/sending/lanes/slots.ts';
import type { LinkOwner } from '../domain/contacts/identity.ts';
import type { SendWindow } from '../domain/sending/gate/hours.ts';
import { applyRules } from '../domain/rules/applied-rules.ts';
import { isCapped } from '../domain/sending/gate/caps.ts';
import type { MessageKind, Tone } from '../domain/sending/message.ts';
import { kindRule } from '../domain/sending/message.ts';
import type { Templates } from '../templates/load.ts';
import { renderText } from '../templates/render.ts';

export interface RenderMessageDeps {
  readonly db: Db;
  readonly templates: Templates;
  readonly rules: RuleData;
  /**
   * The token that opens the preference page of the message's number, at a moment (epoch ms). Absent: the link leads to the page without
   * a person.
   */
  readonly linkOf?: (owner: LinkOwner, now: number) => string;
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
  /** The lanes are busy: the message has a later slot, or waits for the next window. */
  | { readonly kind: 'wait'; readonly until: number; readonly reason: 'slot' }
  /** The lanes are busy for longer than the message is useful. */
  | { readonly kind: 'too_late' }
  /** The text needs a placeholder for which the shop has given no value. */
  | { readonly kind: 'missing_data'; readonly placeholder: string }
  /** The shop has given the words for the placeholder, but not in the text's language. */
  | { readonly kind: 'no_text_in_language'; readonly placeholder: string }
  /**
   * A rule of the recipient's country needs words that are missing, or that cannot be written there. `rule`: its row.
   */
  | { readonly kind: 'missing_data'; readonly rule: string };

export type RenderMessage = (input: RenderMessageInput) => Promise<RenderMessageResult>;

/** The result enters a history. The text never does. */
export interface WrittenText {
  readonly result: RenderMessageResult;
  /** Absent: the message has no text, or its slot is later. */
  readonly text?: TextToStore;
}

/**
 * `leaves`: the text of a message that books no slot is only returned. The caller stores it, or sends the message at
 * once, and then the submission stores it.
 */
export type WriteText = (input: RenderMessageInput, leaves?: boolean) => Promise<WrittenText>;

/** The activity that writes a text alone, for runs whose history has it as an activity of its own. */
export function createRenderMessage(deps: RenderMessageDeps): RenderMessage {
  const writeText = createWriteText(deps);
  return async function renderMessage(input) {
    return (await writeText(input)).result;
  };
}

/**
 * Fills the template of a message, completes the text by the rules of the recipient's places and puts it into the ledger. A promotion or
 * feedback request books its slot in the lanes in the same statement. Safe to run twice.
 */
export function createWriteText({ db, templates, rules, linkOf }: RenderMessageDeps): WriteText {
  return async function writeText({ message, kind, zones, window, asOf }, leaves = false) {
    const read = await readMessageContext(db, message, { zones, now: asOf });
    const context = linkOf && read.link ? withPersonalLink(read, linkOf(read.link, asOf)) : read;
    const tone: Tone = context.contact.history === 'new' ? 'new' : 'loyal';
    const { jurisdictions } = placeOf(read.place, rules);
    const applied = applyRules(rules.packs, jurisdictions, kindRule(kind).class, asOf);
    const rendered = renderText(templates, kind, tone, context, applied);
    if (rendered.kind === 'refused') {
      await skipMessage(db, message, 'missing_data', rendered.rule, asOf);
      return { result: { kind: 'missing_data', rule: rendered.rule } };
    }
    if (rendered.kind === 'no_text_in_language') {
      const { kind: reason, placeholder } = rendered;
      await skipMessage(db, message, reason, `placeholder.${placeholder}`, asOf);
      return { result: { kind: reason, placeholder } };
    }
    if (rendered.kind === 'missing') {
      await skipMessage(db, message, 'missing_data', `placeholder.${rendered.placeholder}`, asOf);
      return { result: { kind: 'missing_data', placeholder: rendered.placeholder } };
    }
    const books = isCapped(kindRule(kind).class);
    if (leaves && !books) return { result: { kind: 'rendered', segments: rendered.segments }, text: rendered };
    const slot = await saveText(db, message, rendered, { now: asOf, ...window, books });
    switch (slot.kind) {
      case 'now':
        return { result: { kind: 'rendered', segments: rendered.segments }, text: rendered };
      case 'later':
        return { result: { kind: 'wait', until: slot.until, reason: 'slot' } };
      case 'too_late':
        await skipMessage(db, message, 'too_late', slot.rule, asOf);
        return { result: { kind: 'too_late' } };
    }
  };
}

/** Adds the token of the message's number to the link of the preference page. */
function withPersonalLink(context: RecipientContext, token: string): RecipientContext {
  const { preferencesUrl } = context.brand;
  return { ...context, brand: { ...context.brand, preferencesUrl: `${preferencesUrl.replace(/\/$/, '')}/${token}` } };
}
