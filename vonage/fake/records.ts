/**
 * `GET /v2/reports/records` of the stand-in: the records of what it accepted, which appear only after a while. Authentication,
 * filters, the window of 24 hours and paging as in Vonage OpenAPI "Reports API" 3.1.4 and its guide "How to Handle Pagination".
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { answerJson, answerProblem, fakeProblem } from './answers.ts';
import type { FaultQueue } from './faults.ts';
import type { AcceptedMessage, Fate } from './receipts.ts';
import { EXPIRED_FATE, expiresAt } from './receipts.ts';
import type { FakeClock } from './webhooks.ts';
import { wireInstant, withoutPlus } from '../wire.ts';

export const RECORDS_PATH = '/v2/reports/records';

interface Entry {
  readonly message: AcceptedMessage;
  /** Changed by receipts that were held. */
  fate: Fate;
  /** Epoch milliseconds. */
  readonly visibleAt: number;
}

/**
 * All accepted messages in order, and the same by recipient: the time of a look-up must not grow with messages to
 * other numbers.
 */
export interface RecordBook {
  add(entry: Entry): void;
  /** `to`: E.164 with `+`; undefined: to all numbers. */
  entries(to: string | undefined): readonly Entry[];
  /** Forgets the oldest messages as soon as there are twice as many as this number, and keeps this number. */
  trim(most: number): void;
}

/** One request for records, as it was answered: each costs money and counts against a limit. */
export interface LookUp {
  readonly at: number;
  /** E.164 with `+`; null: no number in particular. */
  readonly to: string | null;
  readonly status: number;
  readonly rows: number;
}

export interface RecordsEndpoint {
  readonly clock: FakeClock;
  readonly account: { readonly apiKey: string; readonly apiSecret: string };
  readonly faults: FaultQueue;
  readonly records: RecordBook;
  readonly pageSize: number;
  readonly lookUps: LookUp[];
}

export function createRecordBook(): RecordBook {
  let all: Entry[] = [];
  const byRecipient = new Map<string, Entry[]>();
  return {
    add(entry) {
      all.push(entry);
      const own = byRecipient.get(entry.message.to);
      if (own === undefined) byRecipient.set(entry.message.to, [entry]);
      else own.push(entry);
    },
    trim(most) {
      if (all.length <= 2 * most) return;
      all = all.slice(-most);
      byRecipient.clear();
      for (const entry of all) byRecipient.set(entry.message.to, [...(byRecipient.get(entry.message.to) ?? []), entry]);
    },
    entries: (to) => (to === undefined ? all : (byRecipient.get(to) ?? [])),
  };
}

const DAY = 24 * 60 * 60_000;

/** `date_start` is included, `date_end` is not. */
const recordQuery = z
  .object({
    product: z.literal('MESSAGES'),
    account_id: z.string(),
    direction: z.literal('outbound'),
    date_start: wireInstant,
    date_end: wireInstant,
    to: z.string().optional(),
    from: z.string().optional(),
    status: z.string().optional(),
    provider: z.string().optional(),
    cursor: z.string().optional(),
    iv: z.string().optional(),
  })
  .refine((query) => query.date_end - query.date_start <= DAY, 'the window is longer than 24 hours');

type RecordQuery = z.output<typeof recordQuery>;

/** Answers one request for records. */
export async function handleRecords(
  endpoint: RecordsEndpoint,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const { account, faults, lookUps } = endpoint;
  const at = await endpoint.clock.now();
  const number = url.searchParams.get('to');
  const to = number === null ? null : `+${number}`;
  const refuse = (status: number, title: string) => {
    lookUps.push({ at, to, status, rows: 0 });
    answerProblem(response, status, fakeProblem(String(status), title));
  };
  const fault = faults.takeLookUp(to);
  if (fault !== undefined) return refuse(fault.status, 'Refused on request');
  if (request.headers.authorization !== basicOf(account)) return refuse(401, 'You did not provide correct credentials');
  const query = recordQuery.safeParse(Object.fromEntries(url.searchParams));
  if (!query.success) return refuse(422, 'Invalid params');
  if (query.data.account_id !== account.apiKey) return refuse(403, 'Not an account of yours');
  const after = positionOf(query.data);
  if (after === undefined) return refuse(422, 'Invalid cursor');

  const { rows, next } = pageOf(endpoint, query.data, after, at);
  lookUps.push({ at, to, status: 200, rows: rows.length });
  answerJson(response, 200, JSON.stringify(bodyOf(rows, next, url, at)));
}

export function basicOf({ apiKey, apiSecret }: RecordsEndpoint['account']): string {
  return `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString('base64')}`;
}

/** A page's rows, and the position after them if there are more. */
function pageOf(endpoint: RecordsEndpoint, query: RecordQuery, after: number, now: number) {
  const entries = endpoint.records.entries(query.to === undefined ? undefined : `+${query.to}`);
  const rows: object[] = [];
  for (let position = after; position < entries.length; position += 1) {
    const entry = entries[position];
    if (entry === undefined || entry.visibleAt > now) continue;
    const fate = fateAt(entry, now);
    if (!isAskedFor(entry.message, fate, query)) continue;
    if (rows.length === endpoint.pageSize) return { rows, next: position };
    rows.push(rowOf(entry.message, fate, endpoint.account.apiKey));
  }
  return { rows, next: undefined };
}

/** A message of which no end is known when its time to live has passed is rejected as expired. */
function fateAt({ message, fate }: Entry, now: number): Fate {
  return fate.receipt === 'submitted' && now > expiresAt(message) ? EXPIRED_FATE : fate;
}

function isAskedFor(message: AcceptedMessage, fate: Fate, query: RecordQuery): boolean {
  const receivedAt = wholeSecond(message.acceptedAt);
  return (
    receivedAt >= query.date_start &&
    receivedAt < query.date_end &&
    (query.from === undefined || query.from === withoutPlus(message.from)) &&
    (query.status === undefined || query.status === fate.receipt) &&
    (query.provider === undefined || query.provider === message.channel)
  );
}

function rowOf(message: AcceptedMessage, fate: Fate, accountId: string): object {
  return {
    account_id: accountId,
    id: message.providerId,
    message_id: message.providerId,
    client_ref: message.clientRef ?? '',
    direction: 'outbound',
    from: withoutPlus(message.from),
    to: withoutPlus(message.to),
    provider: message.channel,
    status: fate.receipt,
    error_code: fate.code ?? '0',
    date_received: secondsOf(message.acceptedAt),
    date_finalized: secondsOf(message.acceptedAt),
    latency: '0',
    currency: 'EUR',
    total_price: '0.0500',
  };
}

function bodyOf(rows: readonly object[], next: number | undefined, url: URL, at: number): object {
  const common = {
    request_id: randomUUID(),
    received_at: secondsOf(at),
    product: 'MESSAGES',
    items_count: rows.length,
    records: rows,
  };
  const self = { href: url.href };
  if (next === undefined) return { ...common, request_status: 'SUCCESS', _links: { self } };
  const iv = randomUUID();
  const cursor = Buffer.from(`${iv}:${next}`).toString('base64url');
  const following = new URL(url);
  following.searchParams.set('cursor', cursor);
  following.searchParams.set('iv', iv);
  const links = { self, next: { href: following.href } };
  return { ...common, request_status: 'TRUNCATED', cursor, iv, _links: links };
}

/** The position at which a cursor continues. Undefined: the cursor is not ours, or its other half is missing. */
function positionOf({ cursor, iv }: RecordQuery): number | undefined {
  if (cursor === undefined && iv === undefined) return 0;
  const [half, position] = Buffer.from(cursor ?? '', 'base64url')
    .toString('utf8')
    .split(':');
  return half === iv && /^\d{1,9}$/.test(position ?? '') ? Number(position) : undefined;
}

/** Records know whole seconds only. */
function wholeSecond(at: number): number {
  return Math.floor(at / 1000) * 1000;
}

function secondsOf(at: number): string {
  return new Date(wholeSecond(at)).toISOString().replace('.000Z', '+00:00');
}
