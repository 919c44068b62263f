/**
 * The judge of the restart drill compares everything that was acknowledged with the provider's own log and the
 * ledger. Pure.
 */
import type { MessageKind, MessageState } from '../../../domain/sending/message.ts';
import type { Errand } from './load.ts';

/** A message of the ledger. `phone`: of the contact; `clientRefs`: of all its attempts. */
export interface RestartLedgerEntry {
  readonly phone: string;
  readonly kind: MessageKind;
  readonly state: MessageState;
  readonly clientRefs: readonly string[];
}

/** A message in the provider's own log. */
export interface RestartTakenMessage {
  readonly to: string;
  readonly clientRef: string | null;
  /** Epoch ms. */
  readonly acceptedAt: number;
}

export interface RestartJudgement {
  /** Acknowledged, to be sent, and never taken by the provider. */
  readonly lost: number;
  /** Accepted more often than requested, or although it was to be withheld. */
  readonly duplicated: number;
  /** The ledger says something else than the provider, or a receipt has not reached it. */
  readonly unexplained: number;
}

export function judgeRestart(
  errands: readonly Errand[],
  ledger: readonly RestartLedgerEntry[],
  taken: readonly RestartTakenMessage[],
): RestartJudgement {
  const owners = new Map(ledger.flatMap((entry) => entry.clientRefs.map((ref) => [ref, entry] as const)));
  const times = new Map<RestartLedgerEntry, number>();
  let strangers = 0;
  for (const { clientRef, to } of taken) {
    const entry = owners.get(clientRef ?? '');
    if (entry?.phone === to) times.set(entry, (times.get(entry) ?? 0) + 1);
    else strangers += 1;
  }
  const wanted = Map.groupBy(
    errands.filter(({ fate }) => fate === 'sent'),
    purpose,
  );
  const got = Map.groupBy(ledger, purpose);
  const judgement = { lost: 0, duplicated: 0, unexplained: strangers };
  for (const key of new Set([...wanted.keys(), ...got.keys()])) {
    const arrivals = (got.get(key) ?? []).reduce((sum, entry) => sum + (times.get(entry) ?? 0), 0);
    const messages = (got.get(key) ?? []).filter((entry) => times.has(entry)).length;
    const asked = wanted.get(key)?.length ?? 0;
    judgement.lost += Math.max(0, asked - messages);
    judgement.duplicated += Math.max(0, arrivals - Math.min(asked, messages));
  }
  for (const entry of ledger) if (times.has(entry) !== (entry.state === 'delivered')) judgement.unexplained += 1;
  return judgement;
}

function purpose({ phone, kind }: { readonly phone: string; readonly kind: MessageKind }): string {
  return `${phone} ${kind}`;
}
