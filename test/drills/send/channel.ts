/** Messages between the drill and its worker processes. */
import type { SettleRules } from '../../../domain/sending/ledger.ts';
import type { Queue } from '../../../workflows/queues.ts';
import type { KillPoint } from './plan.ts';

/** Bugs that a drill must find; each is in the drill's worker only. */
export const SEND_BUGS = ['blind_retry', 'claim_then_skip', 'settle_at_once'] as const;
export type SendBug = (typeof SEND_BUGS)[number];

export interface DrillWorkerSettings {
  readonly queue: Queue;
  readonly databaseUrl: string;
  /** `host:port`. */
  readonly temporalAddress: string;
  /** A file with the workflows' code: bundling at every start would take longer than the drill. */
  readonly bundleFile: string;
  readonly provider: {
    readonly applicationId: string;
    readonly privateKey: string;
    readonly apiKey: string;
    readonly apiSecret: string;
    readonly baseUrl: string;
  };
  /** A port on which no program listens, for refused connections. */
  readonly closedUrl: string;
  readonly settling: SettleRules;
  /** Dealt out over the orders (`bugOf`). */
  readonly bugs: readonly SendBug[];
}

/** A message by one of its names: each place in the code knows it by another one. */
export type Subject = { readonly order: string } | { readonly message: string } | { readonly to: string };

/** Targets of a request: the provider, a port on which no program listens, or a name that does not exist. */
export type CallRoute = 'provider' | 'closed_port' | 'no_host';

export type FromWorker =
  | { readonly kind: 'polling' }
  /** It waits here until it is let go, or is killed. */
  | { readonly kind: 'at'; readonly id: number; readonly point: KillPoint; readonly subject: Subject }
  /** It is about to call the provider and waits to hear where. */
  | { readonly kind: 'dialling'; readonly id: number; readonly to: string }
  /** The activity returns now. */
  | { readonly kind: 'returned'; readonly message: string };

export type ToWorker =
  | { readonly kind: 'start'; readonly settings: DrillWorkerSettings }
  | { readonly kind: 'go'; readonly id: number; readonly route: CallRoute };
