/**
 * Faults the stand-in can be told to have, for a number of next requests or until cleared. An answer fault and a receipt fault
 * may hold at the same time: an acceptance that is never confirmed is both.
 */
import { z } from 'zod';

/** How many of the next requests have the fault; without it, all until cleared. */
const times = z.int().min(1).optional();

const answerFault = z.discriminatedUnion('kind', [
  /** The connection is destroyed before the body is read: nothing was accepted, and the caller cannot know. */
  z.strictObject({ kind: z.literal('reset_before_accept'), times }),
  /** Not accepted: 429 with `Retry-After`, 401, 402, 5xx ... `code` is the fragment of the problem's type. */
  z.strictObject({
    kind: z.literal('status'),
    status: z.int().min(400).max(599),
    code: z.string().optional(),
    retryAfterSeconds: z.int().min(0).optional(),
    times,
  }),
  /** Accepted, and answered as if not. */
  z.strictObject({ kind: z.literal('status_after_accept'), status: z.int().min(500).max(599), times }),
  /** Accepted, and answered this many milliseconds late. */
  z.strictObject({ kind: z.literal('delay'), ms: z.int().min(0), times }),
  z.strictObject({ kind: z.literal('reset_after_accept'), times }),
  /** Accepted; 202 and headers are sent, the body never ends. */
  z.strictObject({ kind: z.literal('stall_after_accept'), times }),
  /** Accepted with 202 and a body nobody can use. */
  z.strictObject({
    kind: z.literal('broken_body'),
    body: z.enum(['empty', 'not_json', 'no_uuid', 'problem']),
    times,
  }),
]);

const receiptFault = z.discriminatedUnion('kind', [
  /** Accepted with 202, then a receipt with this error: how an opted-out number (1240) shows. */
  z.strictObject({
    kind: z.literal('error_receipt'),
    code: z.string().regex(/^\d{3,4}$/),
    status: z.enum(['rejected', 'undeliverable']).default('rejected'),
    times,
  }),
  z.strictObject({ kind: z.literal('duplicate_receipts'), times }),
  z.strictObject({ kind: z.literal('reordered_receipts'), times }),
  z.strictObject({ kind: z.literal('no_receipts'), times }),
]);

/** The JSON that `POST /_fake/faults` takes. */
export const faultSchema = z.union([answerFault, receiptFault]);

export type AnswerFault = z.output<typeof answerFault>;
export type ReceiptFault = z.output<typeof receiptFault>;
/** As a caller writes it: defaults may be left out. */
export type Fault = z.input<typeof faultSchema>;

export interface FaultQueue {
  add(fault: AnswerFault | ReceiptFault): void;
  clear(): void;
  /** The fault of this request, counted as used. Called once per request. */
  takeAnswer(): AnswerFault | undefined;
  /** The fault of this message's receipts, counted as used. Called once per accepted message. */
  takeReceipt(): ReceiptFault | undefined;
}

/** Faults are used up in the order they were added. */
export function createFaultQueue(): FaultQueue {
  const answers: Waiting<AnswerFault>[] = [];
  const receipts: Waiting<ReceiptFault>[] = [];
  return {
    add(fault) {
      const left = fault.times ?? Infinity;
      if (isReceiptFault(fault)) receipts.push({ fault, left });
      else answers.push({ fault, left });
    },
    clear() {
      answers.length = 0;
      receipts.length = 0;
    },
    takeAnswer: () => take(answers),
    takeReceipt: () => take(receipts),
  };
}

interface Waiting<F> {
  readonly fault: F;
  left: number;
}

function take<F>(waiting: Waiting<F>[]): F | undefined {
  const first = waiting[0];
  if (first === undefined) return undefined;
  first.left -= 1;
  if (first.left <= 0) waiting.shift();
  return first.fault;
}

function isReceiptFault(fault: AnswerFault | ReceiptFault): fault is ReceiptFault {
  return receiptFault.options.some((option) => option.shape.kind.value === fault.kind);
}
