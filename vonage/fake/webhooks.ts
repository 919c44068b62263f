/**
 * The webhooks of the stand-in, signed and tried again as Vonage does (KB 360028543292: after 429 or 5xx, first after
 * 5 s, doubling to 15 minutes, for 24 h; every other 4xx drops the webhook).
 */
import { createHash, randomUUID } from 'node:crypto';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { SignJWT } from 'jose';

const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 15 * 60_000;
const GIVE_UP_AFTER_MS = 24 * 60 * 60_000;
/** KB 226572227: Vonage waits 15 s for the answer. */
const ANSWER_WITHIN_MS = 15_000;

/** Wall time or virtual time; the stand-in knows no other. */
export interface FakeClock {
  /** Epoch milliseconds. */
  now(): Promise<number> | number;
}

export interface WebhookSigner {
  readonly clock: FakeClock;
  readonly signatureSecret: string;
  readonly apiKey: string;
  /** The application that the webhook is about. Absent: the token names none. */
  readonly applicationId?: string;
}

/** One webhook call and its answer. `httpStatus` 0: no answer. */
export interface WebhookPost {
  readonly url: string;
  readonly at: number;
  readonly httpStatus: number;
}

export interface WebhookPoster {
  /** Posts now; resolves with the HTTP status of this try (0: no answer) and tries again later by itself where Vonage would. */
  post(url: string, body: object): Promise<number>;
  /** Keeps the webhook of a message to this number until `flush`, which posts `late` in its place once that moment has passed. */
  hold(url: string, body: object, to: string, late?: Late): void;
  /**
   * Posts what is held, for all or for one number, and waits until no post is under way. With `manualRetries` failed ones are
   * held again.
   */
  flush(to?: string): Promise<void>;
  readonly log: WebhookPost[];
  close(): void;
}

/** From `at` (epoch ms) on, `receipt` is posted instead. */
interface Late {
  readonly at: number;
  readonly receipt: object;
  /** Called with true if the late receipt is posted, with false if the original one is. */
  readonly posted: (isLate: boolean) => void;
}

interface Connections {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

interface Webhook {
  readonly url: string;
  readonly rawBody: string;
  /** The recipient of its message, when it was held. */
  readonly to?: string;
  readonly late?: Late;
  /** Milliseconds spent waiting between tries. */
  waited: number;
  delay: number;
}

/** The value of an `Authorization` header that `verifyWebhook` accepts for these bytes. */
export async function signWebhook(rawBody: string | Buffer, signer: WebhookSigner): Promise<string> {
  const token = await new SignJWT({
    api_key: signer.apiKey,
    payload_hash: createHash('sha256').update(rawBody).digest('hex'),
    ...(signer.applicationId !== undefined && { application_id: signer.applicationId }),
  })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuer('Vonage')
    .setIssuedAt(Math.floor((await signer.clock.now()) / 1000))
    .setJti(randomUUID())
    .sign(new TextEncoder().encode(signer.signatureSecret));
  return `Bearer ${token}`;
}

/** Creates the poster. Retries run on real timers; with `manualRetries` they wait for `flush`. */
export function createWebhookPoster(signer: WebhookSigner, manualRetries: boolean): WebhookPoster {
  const closing = new AbortController();
  const connections = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };
  const timers = new Set<NodeJS.Timeout>();
  const underWay = new Set<Promise<unknown>>();
  const log: WebhookPost[] = [];
  let held: Webhook[] = [];

  async function attempt(webhook: Webhook): Promise<number> {
    const at = await signer.clock.now();
    // Every try gets a new signature. Vonage does not document this, but on virtual time a retry may come days after
    // the first try.
    const authorization = await signWebhook(webhook.rawBody, signer);
    const httpStatus = await postOnce(connections, webhook, authorization, closing.signal);
    log.push({ url: webhook.url, at, httpStatus });
    if (httpStatus === 0 || httpStatus === 429 || httpStatus >= 500) tryAgain(webhook);
    return httpStatus;
  }

  function tryAgain(webhook: Webhook): void {
    if (closing.signal.aborted || webhook.waited >= GIVE_UP_AFTER_MS) return;
    if (manualRetries) {
      held.push(webhook);
      return;
    }
    const timer = setTimeout(() => {
      timers.delete(timer);
      void track(attempt(webhook));
    }, webhook.delay).unref();
    timers.add(timer);
    webhook.waited += webhook.delay;
    webhook.delay = Math.min(webhook.delay * 2, LONGEST_RETRY_MS);
  }

  function track<T>(work: Promise<T>): Promise<T> {
    underWay.add(work);
    const forget = () => underWay.delete(work);
    work.then(forget, forget);
    return work;
  }

  return {
    log,
    post: (url, body) => track(attempt(webhookOf(url, body))),
    hold(url, body, to, late) {
      held.push({ ...webhookOf(url, body), to, ...(late && { late }) });
    },
    async flush(to) {
      const isMeant = (webhook: Webhook) => to === undefined || webhook.to === to;
      const now = held.filter(isMeant);
      held = held.filter((webhook) => !isMeant(webhook));
      const at = await signer.clock.now();
      for (const webhook of now) await track(attempt(inTime(webhook, at)));
      while (underWay.size > 0) await Promise.allSettled(underWay);
    },
    close() {
      closing.abort();
      connections.http.destroy();
      connections.https.destroy();
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

function inTime(webhook: Webhook, at: number): Webhook {
  const { late } = webhook;
  if (!late) return webhook;
  const isLate = at > late.at;
  late.posted(isLate);
  return isLate ? webhookOf(webhook.url, late.receipt) : webhook;
}

function webhookOf(url: string, body: object): Webhook {
  return { url, rawBody: JSON.stringify(body), waited: 0, delay: FIRST_RETRY_MS };
}

/**
 * Uses node:http because `fetch` takes four times the processor time: 0.38 ms instead of 0.09, for two webhooks a
 * message. Resolves with the status, or with 0 if there is no answer.
 */
function postOnce(
  connections: Connections,
  webhook: Webhook,
  authorization: string,
  closing: AbortSignal,
): Promise<number> {
  const { url, rawBody } = webhook;
  const [request, agent] = url.startsWith('https:')
    ? [httpsRequest, connections.https]
    : [httpRequest, connections.http];
  return new Promise((resolve) => {
    const length = Buffer.byteLength(rawBody);
    const headers = { 'content-type': 'application/json', 'content-length': length, authorization };
    const post = request(url, { method: 'POST', agent, headers, signal: closing, timeout: ANSWER_WITHIN_MS });
    post.once('timeout', () => post.destroy(new Error('no answer')));
    post.once('response', (response) => {
      response.resume().once('close', () => resolve(response.statusCode ?? 0));
    });
    post.once('error', (error) => {
      // The other side may have closed an idle connection just when it was used again.
      if (post.reusedSocket && 'code' in error && error.code === 'ECONNRESET')
        resolve(postOnce(connections, webhook, authorization, closing));
      else resolve(0);
    });
    post.end(rawBody);
  });
}
