/** The judge of the send drill: what the provider has taken, against what the ledger says, message by message. Pure. */
import type { MessageState } from '../../../domain/sending/message.ts';
import type { PlannedSend } from './plan.ts';

/** A message of the ledger with the references of all its attempts. */
export interface SendLedgerEntry {
  /** The message's id. */
  readonly message: string;
  readonly order: string;
  readonly state: MessageState;
  readonly reason: string | null;
  readonly clientRefs: readonly string[];
}

/** A message in the provider's own log. */
export interface SendTakenMessage {
  readonly to: string;
  readonly clientRef: string | null;
}

/**
 * once: taken once, and the ledger says so. given_up: not taken, not known to be taken, and given up with its reason, as every
 * class but transactional is. duplicated: taken more than once. lost: never taken, and nothing explains it. unexplained: the
 * provider and the ledger say different things.
 */
export const VERDICTS = ['once', 'given_up', 'duplicated', 'lost', 'unexplained'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface Judged extends PlannedSend {
  /** Its id; absent: the ledger has never heard of it. */
  readonly message?: string;
  readonly verdict: Verdict;
}

export interface SendJudgement {
  readonly messages: readonly Judged[];
  /** Messages that the provider has taken and no worker has sent: their references belong to no attempt of the recipient's order. */
  readonly strangers: number;
}

/** Judges every planned message, whether or not the ledger has heard of it. */
export function judgeSends(
  planned: readonly PlannedSend[],
  ledger: readonly SendLedgerEntry[],
  taken: readonly SendTakenMessage[],
): SendJudgement {
  const byOrder = Map.groupBy(ledger, ({ order }) => order);
  const byPhone = Map.groupBy(taken, ({ to }) => to);
  const ours = new Set<SendTakenMessage>();
  const messages = planned.map((send): Judged => {
    const entries = byOrder.get(send.order) ?? [];
    const refs = new Set(entries.flatMap(({ clientRefs }) => clientRefs));
    const its = (byPhone.get(send.phone) ?? []).filter(({ clientRef }) => clientRef !== null && refs.has(clientRef));
    for (const message of its) ours.add(message);
    const message = entries[0]?.message;
    return { ...send, ...(message !== undefined && { message }), verdict: verdictOf(send, entries, its.length) };
  });
  return { messages, strangers: taken.filter((message) => !ours.has(message)).length };
}

const TAKEN: readonly MessageState[] = ['accepted', 'delivered', 'read'];

function verdictOf(send: PlannedSend, entries: readonly SendLedgerEntry[], times: number): Verdict {
  const [entry, another] = entries;
  if (times > 1) return 'duplicated';
  const saidTaken = entry !== undefined && TAKEN.includes(entry.state);
  if (times === 1) return saidTaken && another === undefined ? 'once' : 'unexplained';
  return entry !== undefined && isGivenUp(send, entry) ? 'given_up' : 'lost';
}

/** Only what may have been taken may be given up: a message that was never submitted can be sent without any risk. */
function isGivenUp(send: PlannedSend, { state, reason, clientRefs }: SendLedgerEntry): boolean {
  return (
    send.class !== 'transactional' &&
    state === 'given_up' &&
    reason === 'outcome_unknown_given_up' &&
    clientRefs.length > 0
  );
}
