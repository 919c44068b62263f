/** Does with the activities what an order's workflow does: asks, waits until the named moment, and asks again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { CheckConsentDeps } from '../../../activities/check-consent.ts';
import { createCheckConsent } from '../../../activities/check-consent.ts';
import type { RenderMessageDeps } from '../../../activities/render-message.ts';
import { createRenderMessage } from '../../../activities/render-message.ts';
import type { SendMessageDeps } from '../../../activities/send/send-message.ts';
import { createSendMessage } from '../../../activities/send/send-message.ts';
import type { SendMessageResult } from '../../../domain/sending/intent.ts';
import { kindRule } from '../../../domain/sending/message.ts';
import type { HerdMessage } from './orders.ts';
import { HERD_KINDS } from './orders.ts';

export interface DrivenMessage {
  readonly brand: string;
  readonly order: string;
  readonly contact: string;
  readonly message: HerdMessage;
  /** Epoch ms. */
  readonly due: number;
}

export interface Driver {
  /** Starts the work for a message, without waiting for its end. */
  send(message: DrivenMessage): void;
  /** Settles when no message starts any work any more. Rejects with the first failure. */
  stop(): Promise<void>;
}

/** Promotions that are prepared at a time: all at once would keep order news from the database. */
const PREPARED_AT_ONCE = 6;
const quiet = new DefaultLogger('ERROR', () => {});

export function createDriver(deps: CheckConsentDeps & RenderMessageDeps & SendMessageDeps): Driver {
  const checkConsent = createCheckConsent(deps);
  const renderMessage = createRenderMessage(deps);
  const sendMessage = createSendMessage(deps);
  const place = createPlaces(PREPARED_AT_ONCE);
  const stopping = new AbortController();
  const failures: unknown[] = [];

  /** The moment of the next try; undefined: the message has ended. */
  async function turn(driven: DrivenMessage): Promise<number | undefined> {
    const prepared =
      driven.message === 'news' ? await prepare(driven) : await place(() => prepare(driven), stopping.signal);
    if (prepared === undefined || 'until' in prepared) return prepared?.until;
    const asOf = Date.now();
    const environment = new MockActivityEnvironment({ currentAttemptScheduledTimestampMs: asOf }, { logger: quiet });
    const result: SendMessageResult = await environment.run(sendMessage, { message: prepared.ready, asOf });
    return result.kind === 'wait' ? result.until : undefined;
  }

  async function prepare({ brand, order, contact, message, due }: DrivenMessage) {
    const kind = HERD_KINDS[message];
    const asOf = Date.now();
    const usefulUntil = due + kindRule(kind).usefulFor;
    const about = { brand, order, contact, step: message, occurrence: '', kind, channel: 'sms' as const };
    const times = { triggeredAt: due, dueAt: due, usefulUntil, inReply: false, guards: [] };
    const checked = await checkConsent({ ...about, ...times, asOf });
    if (checked.kind !== 'send') return checked.kind === 'wait' ? checked : undefined;
    const { message: id, zones, window } = checked;
    const rendered = await renderMessage({ message: id, kind, zones, asOf, ...(window && { window }) });
    if (rendered.kind === 'wait') return rendered;
    return rendered.kind === 'rendered' ? { ready: id } : undefined;
  }

  async function drive(driven: DrivenMessage): Promise<void> {
    let at: number | undefined = driven.due;
    while (at !== undefined && !stopping.signal.aborted) {
      await sleep(Math.max(0, at - Date.now()), undefined, { signal: stopping.signal });
      at = await turn(driven);
    }
  }

  const driving = new Set<Promise<void>>();
  return {
    send(driven) {
      const ended = drive(driven)
        .catch((error: unknown) => {
          if (!stopping.signal.aborted) failures.push(error);
        })
        .finally(() => driving.delete(ended));
      driving.add(ended);
    },
    async stop() {
      stopping.abort();
      await Promise.all(driving);
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** Runs at most this many at a time, first come, first served. */
function createPlaces(count: number): <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T> {
  let free = count;
  const line: (() => void)[] = [];
  return async (work, signal) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => line.push(resolve));
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      const next = line.shift();
      if (next) next();
      else free += 1;
    }
  };
}
