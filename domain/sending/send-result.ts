import type { FailureReason, SkipReason, WaitReason } from './reason.ts';

/** The gate, or a send, does not let a message go: not now, or never. */
export type HeldBack =
  | { readonly kind: 'wait'; readonly until: number; readonly reason: WaitReason }
  | { readonly kind: 'skip'; readonly reason: SkipReason };

/** The result of a message that was to be sent. */
export type SendMessageResult =
  | { readonly kind: 'accepted' }
  | HeldBack
  | { readonly kind: 'failed'; readonly reason: FailureReason }
  /** It is unknown whether the provider took it. Ask again at `settleAt`; never before, and never by sending blindly. */
  | { readonly kind: 'unknown'; readonly settleAt: number };

/** The row has changed, by this run or another or a receipt: read it again, the row has the answer now. */
export interface Again {
  readonly kind: 'again';
}
export const AGAIN: Again = { kind: 'again' };
