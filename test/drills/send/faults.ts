/** Orders to the stand-in about a message: the fault of its first request, its receipts, and how late it is on record. */
import type { Fault as ProviderFault } from '../../../vonage/fake/faults.ts';
import type { PlannedSend } from './plan.ts';

/** Far beyond the time limit of a call in a drill. */
const TOO_LATE_MS = 60_000;
/** Within the limit, and longer than it takes to kill a worker: the answer is on its way when it dies. */
const ON_ITS_WAY_MS = 700;

/** A network that is down is not the provider's doing: its worker is sent elsewhere. */
export function providerFaults(send: PlannedSend): readonly ProviderFault[] {
  const { phone: to, lagMs, receipts } = send;
  const answer = answerFault(send);
  return [
    ...(answer ? [answer] : []),
    ...(receipts ? [] : [{ kind: 'no_receipts', to } as const]),
    { kind: 'record_lag', ms: lagMs, to },
  ];
}

function answerFault({ fault, phone: to, point }: PlannedSend): ProviderFault | undefined {
  const once = { to, times: 1 };
  switch (fault) {
    case 'none':
      return point === 'in_flight' ? { kind: 'delay', ms: ON_ITS_WAY_MS, ...once } : undefined;
    case 'timeout_before':
      return { kind: 'stall_before_accept', ...once };
    case 'timeout_after':
      return { kind: 'delay', ms: TOO_LATE_MS, ...once };
    case '5xx_before':
      return { kind: 'status', status: 503, ...once };
    case '5xx_after':
      return { kind: 'status_after_accept', status: 500, ...once };
    case 'reset_before':
      return { kind: 'reset_before_accept', ...once };
    case 'reset_after':
      return { kind: 'reset_after_accept', ...once };
    case 'throttled':
      return { kind: 'status', status: 429, retryAfterSeconds: 1, ...once };
    case 'stalled_body':
      return { kind: 'stall_after_accept', ...once };
    case 'broken_body':
      return { kind: 'broken_body', body: 'not_json', ...once };
    case 'refused_connection':
    case 'no_such_host':
      return undefined;
    default:
      return fault satisfies never;
  }
}
