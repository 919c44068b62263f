/** For load balancers, supervisors and Prometheus. Readiness and metrics are on a port of their own. */
import { isDatabaseReachable } from '../../db/connection/unavailable.ts';
import type { AppDeps } from '../http/deps.ts';
import type { Route } from '../http/route.ts';
import { healthAnswer, readyAnswer, upAnswer } from './schema.ts';

/** This route is on the API's own port, because load balancers reach no other. Its answer contains nothing else. */
export function healthRoutes(): readonly Route[] {
  return [
    {
      access: 'open',
      method: 'get',
      tag: 'Operations',
      operationId: 'checkHealth',
      path: '/healthz',
      summary: 'The process is up.',
      answers: { 200: { description: 'Up', schema: upAnswer } },
      problems: [],
      run: async () => ({ status: 200, body: { status: 'up' } }),
    },
  ];
}

export function opsRoutes({ db, workflows, metrics }: AppDeps): readonly Route[] {
  return [
    {
      access: 'open',
      method: 'get',
      tag: 'Operations',
      operationId: 'checkHealth',
      path: '/healthz',
      summary: 'The process is up, with its versions.',
      answers: { 200: { description: 'Up', schema: healthAnswer } },
      problems: [],
      run: async () => ({
        status: 200,
        body: { status: 'up', node: process.versions.node, tz: process.versions['tz'] ?? 'unknown' },
      }),
    },
    {
      access: 'open',
      method: 'get',
      tag: 'Operations',
      operationId: 'checkReadiness',
      path: '/readyz',
      summary: 'The database and the workflow engine answer.',
      answers: {
        200: { description: 'Ready', schema: readyAnswer },
        503: { description: 'One of them does not answer', schema: readyAnswer },
      },
      problems: [],
      run: async () => {
        const [database, temporal] = await Promise.all([isDatabaseReachable(db), workflows.reachable()]);
        return { status: database && temporal ? 200 : 503, body: { database, temporal } };
      },
    },
    {
      access: 'open',
      method: 'get',
      tag: 'Operations',
      operationId: 'readMetrics',
      path: '/metrics',
      summary: 'Counters in the Prometheus text format.',
      answers: { 200: { description: 'Prometheus text' } },
      problems: [],
      run: async () => ({ status: 200, body: await metrics.text(), type: metrics.contentType }),
    },
  ];
}
