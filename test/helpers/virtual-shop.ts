import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { loadBrand } from '../../brands/load.ts';
import type { TimelineEntry } from '../../db/timeline.ts';
import { expectation } from '../../demo/timeline.ts';
import type { Brand } from '../../domain/brand.ts';
import { nextLocalTime } from '../../domain/local-time.ts';
import { quietTemporal, searchAttributes } from '../../scripts/installation.ts';
import type { VirtualInstallation } from '../../scripts/virtual-installation.ts';
import { startVirtualInstallation } from '../../scripts/virtual-installation.ts';
import { consent, validEvent, validOrder } from './orders.ts';
import { createTestDatabase } from './postgres.ts';
import { startTestTimeSkipping } from './temporal.ts';

export const demoBrand: Brand = loadBrand(fileURLToPath(new URL('../../demo/brand.yaml', import.meta.url)));

/** A whole installation on virtual time for the tests of one file, with the shop's side of the conversation. */
export interface VirtualShop extends VirtualInstallation {
  /** Places an order now, by a customer who agreed to everything, and waits until its workflow knows. */
  order(overrides?: Parameters<typeof validOrder>[0]): Promise<{ readonly id: string; readonly phone: string }>;
  /** Reports an event that happens now, and waits until the workflow knows. */
  event(order: string, type: string, more?: object): Promise<void>;
  /** The customer's text, and what follows from it. */
  says(phone: string, text: string): Promise<void>;
  /** Lets time pass, ms. */
  pass(ms: number): Promise<void>;
  /** Lets time pass until it is this late in Rome. */
  until(hour: number, minute?: number): Promise<void>;
  /** What the customer got, what not, and why: `sent shipped`, `skipped bundle_offer open_case`. */
  story(order: string): Promise<string[]>;
  entries(order: string): Promise<readonly TimelineEntry[]>;
}

/** Call at the top of a test file. Tests of the file share the clock, so they run one by one. */
export function virtualShop(): VirtualShop {
  let shop: VirtualShop | undefined;
  let end: () => Promise<void> = async () => {};
  beforeAll(async () => {
    quietTemporal();
    const database = await createTestDatabase();
    const environment = await startTestTimeSkipping(searchAttributes);
    const installation = await startVirtualInstallation({ databaseUrl: database.url, environment, brand: demoBrand });
    shop = withVerbs(installation);
    end = async () => {
      await installation.stop();
      await environment.teardown();
      await database.drop();
    };
  });
  afterAll(() => end());
  return new Proxy({} as VirtualShop, {
    get: (_, name) => {
      if (!shop) throw new Error('the installation starts before the first test, not before');
      return Reflect.get(shop, name) as unknown;
    },
  });
}

function withVerbs(installation: VirtualInstallation): VirtualShop {
  const { shop, time, vonage, brand } = installation;
  const entries = async (order: string): Promise<readonly TimelineEntry[]> => (await shop.view(order)).timeline;
  return {
    ...installation,
    entries,
    order: async (overrides = {}) => {
      const now = new Date(await time.now()).toISOString();
      const both = [consent({ at: now }), consent({ class: 'service_feedback', at: now })];
      const body = validOrder({ placedAt: now, ...overrides, customer: { consents: both, ...overrides.customer } });
      const { id, contact } = await shop.placeOrder(body);
      await time.settled();
      const { addresses } = await shop.contact(contact);
      return { id, phone: addresses[0]?.address ?? '' };
    },
    event: async (order, type, more = {}) => {
      await shop.report(order, validEvent({ type, occurredAt: new Date(await time.now()).toISOString(), ...more }));
      await time.settled();
    },
    says: async (phone, text) => {
      await vonage.reply(phone, brand.sender, text);
      await time.settled();
    },
    pass: async (ms) => time.advanceTo((await time.now()) + ms),
    until: async (hour, minute = 0) => time.advanceTo(nextLocalTime(await time.now(), 'Europe/Rome', hour, minute)),
    story: async (order) => (await entries(order)).flatMap((entry) => expectation(entry) ?? []),
  };
}
