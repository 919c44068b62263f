/** The provider's side of the webhook drill: many connections that stay open, and a log of every answer. */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Posted } from './judge.ts';
import type { SignedStatus } from './ledger.ts';

export interface WebhookClient {
  /** Posts all, as fast as `connections` of them are answered. Stops at the first that is not answered at all. */
  flood(statuses: readonly SignedStatus[], connections: number): Promise<Posted[]>;
  /** Posts so many a second, answered or not. Posts that the API has not caught up with count as waiting. */
  steady(statuses: readonly SignedStatus[], perSecond: number): Promise<Posted[]>;
  close(): void;
}

/** `url`: of the status webhook. */
export function createClient(url: string): WebhookClient {
  const agent = new Agent({ keepAlive: true });

  function post({ key, body, authorization }: SignedStatus, since = performance.now()): Promise<Posted> {
    return new Promise((resolve) => {
      const done = (status: number): void => resolve({ key, status, ms: performance.now() - since });
      const headers = { authorization, 'content-type': 'application/json', 'content-length': body.length };
      const call = request(url, { method: 'POST', agent, headers }, (response) => {
        response.once('error', () => done(0));
        response.once('end', () => done(response.statusCode ?? 0));
        response.resume();
      });
      call.once('error', () => done(0));
      call.end(body);
    });
  }

  return {
    async flood(statuses, connections) {
      const posted: Posted[] = [];
      const queue = statuses.values();
      let gone = false;
      const connection = async (): Promise<void> => {
        for (const status of queue) {
          const result = await post(status);
          posted.push(result);
          gone ||= result.status === 0;
          if (gone) return;
        }
      };
      await Promise.all(Array.from({ length: connections }, connection));
      return posted;
    },
    async steady(statuses, perSecond) {
      const begun = performance.now();
      const posts: Promise<Posted>[] = [];
      for (const [index, status] of statuses.entries()) {
        const due = begun + (index * 1000) / perSecond;
        const early = due - performance.now();
        if (early > 0) await sleep(early);
        posts.push(post(status, due));
      }
      return Promise.all(posts);
    },
    close: () => agent.destroy(),
  };
}
