/**
 * Vonage's error codes of messages: the one table of what each means and what it asks for. The same codes come with refused
 * requests, in status webhooks and in the records.
 *
 * Source: Vonage OpenAPI "Messages API" 1.20.0, `x-errors` (72 codes).
 */
import type { ErrorAction } from '../domain/sending/provider-error.ts';

interface Group {
  readonly action: ErrorAction;
  readonly codes: readonly string[];
}

export const ERROR_GROUPS = {
  /** The recipient wrote STOP to this sender, as far as the provider knows: evidence of an opt-out. */
  opted_out: { action: 'suppress', codes: ['1240'] },
  /** On a block list (1050), without consent on record where the law keeps one (1483), on the e-mail suppression list (2003). */
  barred: { action: 'suppress', codes: ['1050', '1483', '2003'] },
  /** No such prefix (1040) or recipient (1170, 1430), given up (1190), age block (1270), not on this channel (1300), device (1310). */
  number_unusable: { action: 'mark_unusable', codes: ['1040', '1170', '1190', '1270', '1300', '1310', '1430'] },
  /** Ported (1200), no route (1250, 1251), unreachable (1260), blocked or unpaid by its carrier (1280, 1290), unnamed (1330). */
  carrier: { action: 'count_failure', codes: ['1200', '1250', '1251', '1260', '1280', '1290', '1330'] },
  /** Throttled (1000, 1241), a fault at Vonage (1030, 1100), at its supplier (1331) or in the network (1230), phone off or busy. */
  transient: { action: 'retry_later', codes: ['1000', '1030', '1100', '1180', '1220', '1230', '1241', '1331'] },
  /** The time to live ended before the message arrived. */
  expired: { action: 'expire', codes: ['1360'] },
  /** Template (1022), spam filter (1210), policy (1282), template id that India asks for (1482). */
  content: { action: 'block_template', codes: ['1022', '1210', '1282', '1482'] },
  /**
   * Sender not allowed (1120, 1420), no such pool (1242), daily cap of the campaign (1460), do-not-originate list (1476),
   * registration of the sender (1480, 1481, 1484).
   */
  sender: { action: 'block_sender', codes: ['1120', '1242', '1420', '1460', '1476', '1480', '1481', '1484'] },
  /** Fraud Defender, or the provider's own: only its settings can let such messages through. */
  fraud_guard: { action: 'alert', codes: ['1470', '1472', '1473', '1474', '1475', '2001'] },
  /** Barred (1060), without credit (1070), the API (1080) or a facility (1140) not enabled, trial account (1160). */
  account: { action: 'open_circuit', codes: ['1060', '1070', '1080', '1140', '1160'] },
  /** A parameter of the request is missing or wrong (1130 time to live, 1450 reference, 1451 context), so a mistake of ours. */
  parameters: { action: 'alert', codes: ['1010', '1020', '1021', '1130', '1150', '1410', '1450', '1451'] },
  /** More than the channel takes: length (1090), attachments (1380 to 1382, 2002), channel or type (1400, 1440), recipients. */
  unsupported: { action: 'alert', codes: ['1090', '1380', '1381', '1382', '1400', '1431', '1440', '2002'] },
  /** Rules of Messenger and WhatsApp: answer window (1340), fee (1350), token (1370), marketing messages per person (1461). */
  other_channel: { action: 'keep', codes: ['1340', '1350', '1370', '1461'] },
  /** Said to have been sent before (1320); some of its segments have no receipt (1490). May have been read: never sent again. */
  unclear: { action: 'keep', codes: ['1320', '1490'] },
  /** Not in the table. */
  other: { action: 'keep', codes: [] },
} as const satisfies Record<string, Group>;

export type ErrorGroup = keyof typeof ERROR_GROUPS;

export interface ErrorMeaning {
  readonly group: ErrorGroup;
  readonly action: ErrorAction;
}

/** Every code of the table with what it means. */
export const ERROR_CODES: ReadonlyMap<string, ErrorMeaning> = new Map(
  Object.entries(ERROR_GROUPS).flatMap(([group, { action, codes }]) =>
    codes.map((code): [string, ErrorMeaning] => [code, { group: group as ErrorGroup, action }]),
  ),
);

/** After these a message may have been read all the same. */
export const UNCLEAR_CODES: readonly string[] = ERROR_GROUPS.unclear.codes;

/**
 * The meaning of a code, for example `1240` -> `opted_out`, `suppress`. A code that is not in the table is `other` and asks for nothing.
 */
export function errorMeaning(code: string): ErrorMeaning {
  return ERROR_CODES.get(code) ?? { group: 'other', action: ERROR_GROUPS.other.action };
}
