/**
 * Vonage's own records of messages, over the synchronous half of the Reports API. Not through `@vonage/reports` 1.2.1: it has no
 * time limit, follows links that an answer names with the account's secret, and all it would save is the query string.
 *
 * Absence is concluded from what comes back, so only an answer that was read whole is one: a page that is missing, a row that
 * cannot be read or a list cut short make it `unavailable`.
 *
 * Sources: Vonage OpenAPI "Reports API" 3.1.4, `GET /v2/reports/records`; guides "How to Handle Pagination for the Synchronous
 * Reports API" (1,000 rows a page), "Get records synchronously by date range" (24 hours at most), "Reports API Best Practices"
 * (10 requests a second).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { RECEIPTS } from '../domain/sending/ledger.ts';
import type { Receipt } from '../domain/sending/ledger.ts';
import { classifyFailure } from './outcomes.ts';
import type { ProviderRecord, ProviderRecords, RecordAnswer } from './port.ts';
import { readText, wireInstant, senderOrRecipient, withoutPlus, shortWord } from './wire.ts';

export interface VonageRecordsConfig {
  readonly apiKey: string;
  readonly apiSecret: string;
  /** `https://api.nexmo.com`, or the stand-in. */
  readonly baseUrl: string;
  /** Milliseconds for one request with its answer; a look-up is one request for each day and 1,000 rows. */
  readonly timeoutMs: number;
}

const SECOND = 1000;
const LONGEST_WINDOW_MS = 24 * 60 * 60 * SECOND;
/** The year 9999: dates have four digits. */
const LATEST = Date.UTC(9999, 0);
/** A thousand rows are about 1 MB. */
const LONGEST_PAGE_BYTES = 16 * 1024 * 1024;
/** A day of a million messages. The limit also ends a chain of cursors that leads in a circle. */
const MOST_PAGES = 1000;
/** Between two pages: the limit is 10 requests a second. */
const PAUSE_MS = 100;

const absent = z.null().transform(() => undefined);
const optionalWord = shortWord.or(absent).optional();

/** Fields that are not listed are ignored. */
const row = z.object({
  message_id: shortWord.pipe(z.string().min(1)),
  client_ref: optionalWord,
  provider: shortWord,
  to: senderOrRecipient,
  from: senderOrRecipient,
  status: optionalWord,
  error_code: optionalWord,
  date_received: wireInstant,
});

const page = z.object({
  request_status: z.enum(['SUCCESS', 'TRUNCATED']),
  records: z.array(row),
  cursor: optionalWord,
  iv: optionalWord,
});

type Page = z.output<typeof page>;
type Unavailable = Extract<RecordAnswer, { kind: 'unavailable' }>;

/** Creates the look-up. Throws when it could not work: no key, no secret, a base URL that is not HTTP. No message shows a secret. */
export function createVonageRecords(config: VonageRecordsConfig): ProviderRecords {
  checkConfig(config);
  return {
    // There is no filter for the channel: Vonage may send an SMS as RCS, and its record then says RCS.
    find: ({ to, from, until }) => load(config, from, until, { to: withoutPlus(to) }),
    list: ({ from, until }) => load(config, from, until, {}),
  };
}

function checkConfig({ apiKey, apiSecret, baseUrl, timeoutMs }: VonageRecordsConfig): void {
  if (!/^[^:\s]+$/.test(apiKey)) throw new Error('the Vonage API key is empty or has a colon or a space');
  if (apiSecret === '') throw new Error('the Vonage API secret is empty');
  if (!/^https?:$/.test(URL.parse(baseUrl)?.protocol ?? '')) throw new Error('the Vonage Reports URL must be http(s)');
  if (!(timeoutMs > 0 && timeoutMs <= 600_000)) throw new Error('the Vonage time-out must be between 1 and 600000 ms');
}

/** Everything from `from` to `until`, both included, one request after another. */
async function load(
  config: VonageRecordsConfig,
  from: number,
  until: number,
  filter: Readonly<Record<string, string>>,
): Promise<RecordAnswer> {
  // The answer to an empty window would have no rows, and no rows mean that the message is absent.
  if (!(from >= 0 && from <= until && until <= LATEST)) return unavailable('bad_window');
  const records: ProviderRecord[] = [];
  for (const window of windowsOf(from, until)) {
    let next: Record<string, string> | undefined = {};
    for (let pages = 0; next !== undefined; pages += 1) {
      if (pages === MOST_PAGES) return unavailable('too_many_pages');
      const answer = await loadPage(config, { ...filter, ...window, ...next });
      if ('kind' in answer) return answer;
      for (const one of answer.records) records.push(recordOf(one));
      next = nextPage(answer);
      if (next !== undefined) await sleep(PAUSE_MS);
    }
  }
  return { kind: 'records', records };
}

/** Records know whole seconds, and the end of a window is not part of it. */
function windowsOf(from: number, until: number): { readonly date_start: string; readonly date_end: string }[] {
  const windows = [];
  const end = Math.floor(until / SECOND) * SECOND + SECOND;
  for (let start = Math.floor(from / SECOND) * SECOND; start < end; start += LONGEST_WINDOW_MS)
    windows.push({ date_start: iso(start), date_end: iso(Math.min(start + LONGEST_WINDOW_MS, end)) });
  return windows;
}

async function loadPage(
  { apiKey, apiSecret, baseUrl, timeoutMs }: VonageRecordsConfig,
  query: Readonly<Record<string, string>>,
): Promise<Page | Unavailable> {
  const fields = new URLSearchParams({ product: 'MESSAGES', account_id: apiKey, direction: 'outbound', ...query });
  try {
    const response = await fetch(`${baseUrl.replace(/\/+$/, '')}/v2/reports/records?${fields.toString()}`, {
      headers: { authorization: `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString('base64')}` },
      // The secret is sent to `baseUrl` only.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      return unavailable(`http_${response.status}`);
    }
    return readPage(await readText(response, LONGEST_PAGE_BYTES, timeoutMs));
  } catch (error) {
    return unavailable(classifyFailure(error).code);
  }
}

function readPage(text: string | undefined): Page | Unavailable {
  try {
    const parsed = page.safeParse(JSON.parse(text ?? ''));
    const complete =
      parsed.success && (parsed.data.request_status === 'SUCCESS' || nextPage(parsed.data) !== undefined);
    return complete ? parsed.data : unavailable('unreadable_body');
  } catch {
    return unavailable('unreadable_body');
  }
}

/** Parameters that ask for the page after this one; built from its cursor, because its link could name another host. */
function nextPage({ request_status: status, cursor, iv }: Page): Record<string, string> | undefined {
  if (status !== 'TRUNCATED' || !cursor) return undefined;
  return iv ? { cursor, iv } : { cursor };
}

function recordOf(one: z.output<typeof row>): ProviderRecord {
  const receipt = receiptOf(one.status);
  const code = receipt === 'rejected' || receipt === 'undeliverable' ? one.error_code : undefined;
  return {
    providerId: one.message_id.toLowerCase(),
    ...(one.client_ref ? { clientRef: one.client_ref } : {}),
    channel: one.provider,
    to: one.to,
    from: one.from,
    receipt,
    ...(code !== undefined && /^[1-9]\d{0,3}$/.test(code) ? { code } : {}),
    at: one.date_received,
  };
}

/**
 * Vonage has accepted a message whose row has an unknown status or none: in some countries RCS has no status for up
 * to 48 hours.
 */
function receiptOf(status: string | undefined): Receipt {
  return RECEIPTS.find((receipt) => receipt === status) ?? 'submitted';
}

function unavailable(code: string): Unavailable {
  return { kind: 'unavailable', code };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
