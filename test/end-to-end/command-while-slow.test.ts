import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { searchAttributes } from '../../scripts/installation.ts';
import type { DevServer } from '../../scripts/servers/start-dev-server.ts';
import { validOrder } from '../helpers/orders.ts';
import type { Program } from '../../scripts/programs.ts';
import type { Surroundings } from '../helpers/processes.ts';
import { openSurroundings, startServices, stopProgram } from '../helpers/processes.ts';
import { startTestDevServer } from '../helpers/temporal.ts';

let temporal: DevServer;
let around: Surroundings;
let api: Program;
beforeAll(async () => {
  temporal = await startTestDevServer(searchAttributes);
  around = await openSurroundings(temporal.address);
  api = await startServices(['api'], around.env);
});
afterAll(async () => {
  await stopProgram(api);
  await around.close();
  await temporal.stop();
});

describe.each([
  ['sends', { SENDS_IN_PLACE: '0' }],
  ['orders', {}],
] as const)('where the worker of %s sends', (_by, env) => {
  let worker: Program;
  beforeAll(async () => {
    worker = await startServices(['worker'], { ...around.env, ...env });
  });
  afterAll(async () => {
    await stopProgram(worker);
  });

  it('an operator who pauses an order while the provider takes 8 s for its message is answered', async () => {
    around.vonage.setFault({ kind: 'delay', ms: 8_000, times: 1 });
    const before = around.vonage.messages().length;
    const body = validOrder({ placedAt: new Date().toISOString() });
    await around.shop.placeOrder(body);
    await expect.poll(() => around.vonage.messages().length, { interval: 20 }).toBe(before + 1);
    const response = await fetch(`${around.apiUrl}/v1/orders/${body.id}/pause`, {
      method: 'POST',
      headers: { authorization: `Bearer ${around.key}`, 'content-type': 'application/json' },
      body: '{}',
    });
    expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
  });
});
