/**
 * The provider's webhooks. A signed one is stored and answered with 200 whatever it says: a 4xx would drop it for good, a 5xx bring it
 * back for 24 hours. Only an unreachable database is worth the latter. One that cannot be read is kept as it came.
 */
import { findBrandBySender } from '../../db/orders/brands.ts';
import type { Alarm } from '../../domain/sending/provider-error.ts';
import type { StatusReport, StatusResult } from '../../db/sending/ledger/statuses.ts';
import { recordStatuses } from '../../db/sending/ledger/statuses.ts';
import { isReferenceMissing, isUnstorable, storeUnreadWebhook } from '../../db/conversation/unread-webhooks.ts';
import { receiveStatus, receiveText } from '../../commands/conversation/receive-reply.ts';
import type { StatusWebhook } from '../../vonage/webhooks.ts';
import { parseInbound, parseStatus, shapeOfToken, verifyWebhook } from '../../vonage/webhooks.ts';
import type { AppDeps } from '../http/deps.ts';
import type { WebhookResult } from '../../telemetry/metrics.ts';
import { traceOf } from '../../telemetry/log.ts';
import type { Problem } from '../http/problem.ts';
import { badSignature, databaseUnavailable, unknownSigningKey, unsigned } from '../http/problem.ts';
import type { Answer } from '../http/answer.ts';
import type { OpenRequest, OpenRoute, Route } from '../http/route.ts';
import { received as receivedAnswer, webhookBody } from './schema.ts';
import { isUnavailable } from '../../db/connection/unavailable.ts';

export function webhookRoutes(deps: AppDeps): readonly Route[] {
  const { db, clock } = deps;
  const batch = createStatusBatch(async (reports) => recordStatuses(db, reports, await clock.now()));
  return [
    webhookRoute(deps, 'status', 'The status of a message.', (request) => receiveStatusWebhook(deps, batch, request)),
    webhookRoute(deps, 'inbound', 'A text of a customer.', (request) => receiveInboundWebhook(deps, request)),
  ];
}

type Kind = 'status' | 'inbound';
/** `why`: in which way it cannot be read. */
type Received = Exclude<WebhookResult, 'unreadable'> | { readonly why: string };

function webhookRoute(
  deps: AppDeps,
  kind: Kind,
  summary: string,
  receive: (request: OpenRequest) => Promise<Received>,
): OpenRoute {
  const refuse = createRefuse(deps, kind);
  return {
    access: 'open',
    method: 'post',
    tag: 'Webhooks',
    operationId: kind === 'status' ? 'receiveStatus' : 'receiveText',
    path: `/webhooks/vonage/${kind}`,
    signedBy: 'vonage',
    body: webhookBody,
    summary,
    answers: { 200: { description: 'Received', schema: receivedAnswer } },
    problems: ['bad_signature', 'unsigned', 'unknown_signing_key'],
    admit: async ({ authorization, now }) => {
      const shape = shapeOfToken(authorization);
      if (shape !== 'token')
        throw await refuse(shape === 'missing' ? { kind: 'missing' } : { kind: 'bad', why: shape }, now);
    },
    run: async (request) => {
      const { authorization, rawBody, now } = request;
      const { webhookSecrets: secrets, applicationId } = deps;
      const verdict = verifyWebhook({ authorization, rawBody, now, secrets, applicationId });
      if (verdict.kind !== 'ok') throw await refuse(verdict, now);
      const result = await received(deps, kind, request, receive);
      deps.metrics.webhook(kind, result);
      if (result !== 'stored') deps.log.info({ webhook: kind, result }, 'webhook without effect');
      return RECEIVED;
    },
  };
}

const RECEIVED: Answer = { status: 200, body: {} };

/**
 * A webhook that cannot be read or stored is kept with its bytes, because the provider would only send the same again. Throws a problem of
 * status 503 where a row is not there yet: the provider tries again for 24 hours.
 */
async function received(
  { db, log }: AppDeps,
  kind: Kind,
  request: OpenRequest,
  receive: (request: OpenRequest) => Promise<Received>,
): Promise<WebhookResult> {
  const { rawBody: body, now } = request;
  try {
    const result = await receive(request);
    if (typeof result === 'string') return result;
    await storeUnreadWebhook(db, { kind, why: result.why, body }, now);
    return 'unreadable';
  } catch (error) {
    if (isReferenceMissing(error)) {
      log.warn(
        { webhook: kind, ...traceOf(error) },
        'webhook refers to a row that is not there yet; the provider sends it again',
      );
      throw databaseUnavailable();
    }
    if (!isUnstorable(error)) throw error;
    await storeUnreadWebhook(db, { kind, why: 'unstorable', body }, now);
    return 'unstorable';
  }
}

/** Of webhooks without a right signature one a second is kept, to be looked at: a stranger can send any number. */
const KEEP_EVERY_MS = 1000;

/** Counts a webhook that is not the provider's, keeps a note of it, and returns the problem to answer with. */
function createRefuse(deps: AppDeps, kind: Kind): (verdict: Refused, now: number) => Promise<Problem> {
  const { metrics } = deps;
  let keptAt = Number.NEGATIVE_INFINITY;

  async function keep(why: string, now: number): Promise<void> {
    if (now - keptAt < KEEP_EVERY_MS) return;
    keptAt = now;
    // It is refused whether or not there is a database.
    await storeUnreadWebhook(deps.db, { kind, why }, now).catch((error: unknown) => {
      deps.log.warn({ webhook: kind, ...traceOf(error) }, 'refused webhook not kept');
    });
  }

  return async (verdict, now) => {
    switch (verdict.kind) {
      case 'missing':
        metrics.webhook(kind, 'unsigned');
        await keep('unsigned', now);
        return unsigned();
      case 'unknown_key':
      case 'other_application':
        metrics.webhook(kind, verdict.kind);
        await keep(verdict.kind, now);
        return unknownSigningKey();
      case 'bad':
        metrics.webhook(kind, 'bad_signature');
        await keep(verdict.why, now);
        return badSignature();
    }
  };
}

type Refused = Exclude<ReturnType<typeof verifyWebhook>, { kind: 'ok' }>;

async function receiveStatusWebhook(deps: AppDeps, batch: StatusBatch, request: OpenRequest): Promise<Received> {
  const { wakeDrainer } = deps;
  const status = parseStatus(request.rawBody);
  if (status.kind === 'unreadable') return status;
  const { error } = status;
  const report = toReport(status, request.now);
  if (!error || error.action === 'keep') {
    const result = await batch.store(report);
    if (result.kind === 'stored' && result.told) wakeDrainer('fact');
    return result.kind;
  }
  const { result, alarm } = await receiveStatus(deps, report, error, request.now);
  if (alarm) raise(deps, alarm);
  wakeDrainer();
  return result.kind;
}

function toReport(
  { providerId, clientRef, status, at, from, error, segments, price }: StatusWebhook,
  now: number,
): StatusReport {
  return {
    providerId,
    receipt: status,
    sender: from,
    at: at ?? now,
    ...(clientRef !== undefined && { clientRef }),
    ...(error && { code: error.code }),
    ...(segments !== undefined && { segments }),
    ...(price && { price: `${price.amount} ${price.currency}` }),
  };
}

/** Nothing of ours can put right what the provider refuses here. */
function raise({ log, metrics }: AppDeps, alarm: Alarm): void {
  metrics.alarm(alarm.kind);
  log.error({ ...alarm }, 'the provider refuses what we send');
}

const E164 = /^\+[1-9]\d{6,14}$/;

async function receiveInboundWebhook(deps: AppDeps, { rawBody, now }: OpenRequest): Promise<Received> {
  const { db, keywords, wakeDrainer } = deps;
  const inbound = parseInbound(rawBody);
  if (inbound.kind === 'unreadable') return inbound;
  // Customers answer where they were written to: a STOP on any channel counts like one to the brand's number.
  if (inbound.kind === 'other' || !E164.test(inbound.from)) return 'ignored';
  const brand = await findBrandBySender(db, inbound.to);
  if (!brand) return 'ignored';
  const { providerId, channel, from, to, text } = inbound;
  const received = { brand, providerId, channel, from, to, text, at: Math.min(inbound.at ?? now, now) };
  const result = await receiveText(deps, keywords, received, now);
  wakeDrainer();
  return result;
}

/**
 * Status webhooks of many callers in few transactions: while one batch is being written the next one collects. No timer is
 * waited for, so a webhook that comes alone is written alone and at once.
 */
export interface StatusBatch {
  /** Resolves when the transaction that holds the status has been committed, and rejects when it has not. */
  store(report: StatusReport): Promise<StatusResult>;
}

interface Waiting {
  readonly report: StatusReport;
  readonly resolve: (result: StatusResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Beyond a few hundred rows a statement takes longer in proportion, and all of them would wait for it. */
const MOST = 200;

/** `write` stores reports in one transaction and says what became of each, in their order. */
export function createStatusBatch(write: (reports: StatusReport[]) => Promise<readonly StatusResult[]>): StatusBatch {
  const queue: Waiting[] = [];
  let writing = false;

  async function writeAll(): Promise<void> {
    writing = true;
    while (queue.length > 0) await writeBatch(queue.splice(0, MOST));
    writing = false;
  }

  async function writeBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      const results = await write(batch.map(({ report }) => report));
      for (const [index, { resolve, reject }] of batch.entries()) {
        const result = results[index];
        if (result) resolve(result);
        else reject(new Error('a status without a result'));
      }
    } catch (error) {
      // Without a database the others can only wait in vain: the provider is to come again with all of them.
      if (isUnavailable(error)) for (const { reject } of [...batch, ...queue.splice(0)]) reject(error);
      else if (batch.length === 1) batch[0]?.reject(error);
      // One that cannot be stored is not to take the others with it.
      else for (const one of batch) await writeBatch([one]);
    }
  }

  return {
    store: (report) =>
      new Promise((resolve, reject) => {
        queue.push({ report, resolve, reject });
        if (!writing) void writeAll();
      }),
  };
}
