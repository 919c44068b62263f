import type { FailureReason, SkipReason, WaitReason } from '../../domain/sending/reason.ts';

/** The result of a message that was to be sent. */
export type SendMessageResult =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'wait'; readonly until: number; readonly reason: WaitReason }
  | { readonly kind: 'skip'; readonly reason: SkipReason }
  | { readonly kind: 'failed'; readonly reason: FailureReason }
  /** It is unknown whether the provider took it. Ask again at `settleAt`; never before, and never by sending blindly. */
  | { readonly kind: 'unknown'; readonly settleAt: number };

/** `moved`: the row has changed, by this run or another or a receipt, and has the answer now. */
export type Moved = 'moved';
