/**
 * Faults the stand-in can be told to have, for a number of next requests or until cleared, for everybody or for one recipient.
 * Faults of different groups may hold at the same time: an acceptance that is never confirmed is an answer fault and a receipt
 * fault.
 */
import { z } from 'zod';

const whom = {
  /** The number of next requests that have the fault; without it, all until it is cleared. */
  times: z.int().min(1).optional(),
  /** E.164 with `+`: only messages to this number; without it, to all. */
  to: z
    .string()
    .regex(/^\+[1-9]\d{6,14}$/)
    .optional(),
};

const answerFault = z.discriminatedUnion('kind', [
  /** The connection is destroyed and the message is not accepted. The caller cannot know that. */
  z.strictObject({ kind: z.literal('reset_before_accept'), ...whom }),
  /** Never answered and not accepted. */
  z.strictObject({ kind: z.literal('stall_before_accept'), ...whom }),
  /** Not accepted: 429 with `Retry-After`, 401, 402, 5xx ... `code` is the fragment of the problem's type. */
  z.strictObject({
    kind: z.literal('status'),
    status: z.int().min(400).max(599),
    code: z.string().optional(),
    retryAfterSeconds: z.int().min(0).optional(),
    ...whom,
  }),
  /** Accepted, but answered with an error. */
  z.strictObject({ kind: z.literal('status_after_accept'), status: z.int().min(500).max(599), ...whom }),
  /** Accepted, and answered this many milliseconds late. */
  z.strictObject({ kind: z.literal('delay'), ms: z.int().min(0), ...whom }),
  z.strictObject({ kind: z.literal('reset_after_accept'), ...whom }),
  /** Accepted; 202 and headers are sent, the body never ends. */
  z.strictObject({ kind: z.literal('stall_after_accept'), ...whom }),
  /** Accepted with 202 and a body that cannot be used. */
  z.strictObject({
    kind: z.literal('broken_body'),
    body: z.enum(['empty', 'not_json', 'no_uuid', 'problem']),
    ...whom,
  }),
]);

const receiptFault = z.discriminatedUnion('kind', [
  /** Accepted with 202, followed by a receipt with this error. A number that has opted out (1240) shows in this way. */
  z.strictObject({
    kind: z.literal('error_receipt'),
    code: z.string().regex(/^\d{3,4}$/),
    status: z.enum(['rejected', 'undeliverable']).default('rejected'),
    ...whom,
  }),
  z.strictObject({ kind: z.literal('duplicate_receipts'), ...whom }),
  z.strictObject({ kind: z.literal('reordered_receipts'), ...whom }),
  z.strictObject({ kind: z.literal('no_receipts'), ...whom }),
  /** All receipts are held back until `deliverReceipts`, in every mode, as for a phone that is switched off. */
  z.strictObject({ kind: z.literal('held_receipts'), ...whom }),
  /** Delivered and read. Only RCS reports reading; an SMS is delivered as usual. */
  z.strictObject({ kind: z.literal('read_receipt'), ...whom }),
]);

/** The message's record appears this many milliseconds after its acceptance, instead of `recordLagMs`. */
const recordFault = z.strictObject({ kind: z.literal('record_lag'), ms: z.int().min(0), ...whom });

/** A look-up in the records fails; `to` is the number that is looked up. */
const lookUpFault = z.strictObject({ kind: z.literal('records_status'), status: z.int().min(400).max(599), ...whom });

/** A request to forget a message fails; `code` is the fragment of the problem's type. */
const redactFault = z.strictObject({
  kind: z.literal('redact_status'),
  status: z.int().min(400).max(599),
  code: z.string().optional(),
  times: whom.times,
  to: z.undefined().optional(),
});

/** The JSON that `POST /_fake/faults` takes. */
export const faultSchema = z.union([answerFault, receiptFault, recordFault, lookUpFault, redactFault]);

export type AnswerFault = z.output<typeof answerFault>;
export type ReceiptFault = z.output<typeof receiptFault>;
type RecordFault = z.output<typeof recordFault>;
type LookUpFault = z.output<typeof lookUpFault>;
type RedactFault = z.output<typeof redactFault>;
type KnownFault = z.output<typeof faultSchema>;
/** As a caller writes it: defaults may be left out. */
export type Fault = z.input<typeof faultSchema>;

/**
 * Each function returns the first fault of its group that holds for this number, and counts it as used. `to` null:
 * the request names no number.
 */
export interface FaultQueue {
  add(fault: KnownFault): void;
  clear(): void;
  /** Called once per request that the quota lets in. */
  takeAnswer(to: string | null): AnswerFault | undefined;
  /** Called once per accepted message, like `takeRecord`. */
  takeReceipt(to: string): ReceiptFault | undefined;
  takeRecord(to: string): RecordFault | undefined;
  /** Called once per look-up in the records. */
  takeLookUp(to: string | null): LookUpFault | undefined;
  /** Called once per request to forget a message. */
  takeRedact(): RedactFault | undefined;
}

/** Faults are used up in the order they were added. */
export function createFaultQueue(): FaultQueue {
  const waiting: { readonly fault: KnownFault; left: number }[] = [];

  function take<F extends KnownFault>(group: z.ZodType<F>, to: string | null): F | undefined {
    for (const [index, entry] of waiting.entries()) {
      if (entry.fault.to !== undefined && entry.fault.to !== to) continue;
      const fault = group.safeParse(entry.fault);
      if (!fault.success) continue;
      entry.left -= 1;
      if (entry.left <= 0) waiting.splice(index, 1);
      return fault.data;
    }
    return undefined;
  }

  return {
    add: (fault) => void waiting.push({ fault, left: fault.times ?? Infinity }),
    clear: () => void waiting.splice(0),
    takeAnswer: (to) => take(answerFault, to),
    takeReceipt: (to) => take(receiptFault, to),
    takeRecord: (to) => take(recordFault, to),
    takeLookUp: (to) => take(lookUpFault, to),
    takeRedact: () => take(redactFault, null),
  };
}
