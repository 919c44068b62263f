/**
 * The provider's webhooks. What is signed is stored and answered with 200 whatever it says: a 4xx would drop it for good, a 5xx
 * bring it back for 24 hours. Only an unreachable database is worth the latter.
 */
import { findBrandBySender } from '../db/brands.ts';
import { findSender } from '../db/conversations.ts';
import type { AddressVerdict } from '../db/webhooks.ts';
import { receiveStatus, receiveText } from '../db/webhooks.ts';
import { meaningOf } from '../domain/inbound.ts';
import type { StatusWebhook } from '../vonage/webhooks.ts';
import { parseInbound, parseStatus, verifyWebhook } from '../vonage/webhooks.ts';
import type { AppDeps } from './deps.ts';
import type { WebhookResult } from './metrics.ts';
import { badSignature, unsigned } from './problem.ts';
import type { Answer, OpenRequest, OpenRoute, Route } from './route.ts';

export function webhookRoutes(deps: AppDeps): readonly Route[] {
  return [
    webhookRoute(deps, 'status', 'What became of a message.', receiveStatusWebhook),
    webhookRoute(deps, 'inbound', 'A text of a customer.', receiveInboundWebhook),
  ];
}

type Receive = (deps: AppDeps, request: OpenRequest) => Promise<WebhookResult>;

function webhookRoute(deps: AppDeps, kind: 'status' | 'inbound', summary: string, receive: Receive): OpenRoute {
  return {
    access: 'open',
    method: 'post',
    path: `/webhooks/vonage/${kind}`,
    summary,
    answers: { 200: { description: 'Received' } },
    problems: ['bad_signature', 'unsigned'],
    run: async (request) => {
      await verified(deps, kind, request);
      const result = await receive(deps, request);
      deps.metrics.webhook(kind, result);
      if (result !== 'stored') deps.log.info({ webhook: kind, result }, 'webhook without effect');
      return RECEIVED;
    },
  };
}

const RECEIVED: Answer = { status: 200, body: {} };

async function verified(
  { webhookSecret, metrics }: AppDeps,
  kind: 'status' | 'inbound',
  request: OpenRequest,
): Promise<void> {
  const { authorization, rawBody, now } = request;
  const verdict = await verifyWebhook({ authorization, rawBody, now, secret: webhookSecret });
  switch (verdict.kind) {
    case 'ok':
      return;
    case 'missing':
      metrics.webhook(kind, 'unsigned');
      throw unsigned();
    case 'bad':
      metrics.webhook(kind, 'bad_signature');
      throw badSignature();
  }
}

async function receiveStatusWebhook({ db }: AppDeps, { rawBody, now }: OpenRequest): Promise<WebhookResult> {
  const status = parseStatus(rawBody);
  if (status.kind === 'unreadable') return 'unreadable';
  const { providerId, clientRef, error, segments, price } = status;
  const report = {
    providerId,
    receipt: status.status,
    at: Math.min(status.at, now),
    ...(clientRef !== undefined && { clientRef }),
    ...(error && { code: error.code }),
    ...(segments !== undefined && { segments }),
    ...(price && { price: `${price.amount} ${price.currency}` }),
  };
  return receiveStatus(db, report, verdictOf(status), now);
}

/** Source of the codes: vonage/outcomes.ts. A barred number counts as one that refuses: its owner or the law has said no. */
function verdictOf({ error, to }: StatusWebhook): AddressVerdict | undefined {
  switch (error?.group) {
    case 'opted_out':
    case 'barred':
      return { address: to, verdict: 'refuses', code: error.code };
    case 'number_unusable':
      return { address: to, verdict: 'unusable', code: error.code };
    default:
      return undefined;
  }
}

const E164 = /^\+[1-9]\d{6,14}$/;

async function receiveInboundWebhook(deps: AppDeps, { rawBody, now }: OpenRequest): Promise<WebhookResult> {
  const { db, keywords, wakeDrainer } = deps;
  const inbound = parseInbound(rawBody);
  if (inbound.kind === 'unreadable') return 'unreadable';
  if (inbound.kind === 'other_channel' || !E164.test(inbound.from)) return 'ignored';
  const brand = await findBrandBySender(db, inbound.to);
  if (!brand) return 'ignored';
  const { providerId, from, text } = inbound;
  const sender = await findSender(db, brand.id, from, now);
  const meaning = meaningOf(text, sender?.openQuestion?.kind, keywords);
  const received = {
    brand: brand.id,
    providerId,
    from,
    text,
    meaning,
    at: Math.min(inbound.at, now),
    ...(sender && { sender }),
  };
  const result = await receiveText(db, received, now);
  wakeDrainer();
  return result === 'stored' ? 'stored' : 'ignored';
}
