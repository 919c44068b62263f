import { fileURLToPath } from 'node:url';
import { loadBrand } from '../../brands/load.ts';
import type { TimelineEntry } from '../../queries/orders/timeline.ts';
import { expectation } from '../../demo/timeline.ts';
import type { Brand } from '../../domain/orders/brand.ts';
import { HOUR, MINUTE } from '../../domain/time/duration.ts';
import { localTime, wallClock } from '../../domain/time/local-time.ts';
import type { VirtualInstallation } from '../../dev/virtual-installation.ts';
import type { Fault } from '../../vonage/fake/faults.ts';
import { consent, validEvent, validOrder } from './orders.ts';

const ROME = 'Europe/Rome';

export const demoBrand: Brand = loadBrand(fileURLToPath(new URL('../../demo/brand.yaml', import.meta.url)));

/** An installation on virtual time with the shop's, the customer's and the clock's side of the conversation. */
export interface VirtualShop extends VirtualInstallation {
  /** Places an order now, by a customer who agreed to everything, and waits until its workflow knows. */
  order(overrides?: Parameters<typeof validOrder>[0]): Promise<{ readonly id: string; readonly phone: string }>;
  /** A fault of messages to the customer who orders next: a message of an earlier order that is due just then does not meet it. */
  faultOfNextOrder(fault: Exclude<Fault, { kind: 'redact_status' }>): void;
  /** Reports an event that happens now, and waits until the workflow knows. */
  event(order: string, type: string, more?: object): Promise<void>;
  /** The customer's text, and what follows from it. */
  says(phone: string, text: string): Promise<void>;
  /** Lets time pass, ms. */
  pass(ms: number): Promise<void>;
  /** Lets time pass until it is this late in Rome, on that day of the week (1 = Monday) if one is given. */
  until(hour: number, minute?: number, weekday?: number): Promise<void>;
  /** The messages that the customer got and did not get, with the reason: `sent shipped`, `skipped bundle_offer open_case`. */
  story(order: string): Promise<string[]>;
  entries(order: string): Promise<readonly TimelineEntry[]>;
  /** Erases the customer of an order and lets time pass until nothing is left to do. Returns the erasure's id. */
  erase(order: string): Promise<string>;
}

export function withVerbs(installation: VirtualInstallation): VirtualShop {
  const { shop, time, vonage, brand } = installation;
  const entries = async (order: string): Promise<readonly TimelineEntry[]> => (await shop.view(order)).timeline;
  let numbers = 0;
  let nextPhone: string | undefined;
  return {
    ...installation,
    entries,
    faultOfNextOrder: (fault) => {
      if (nextPhone === undefined) numbers += 1;
      nextPhone ??= `+39334${1_000_000 + numbers}`;
      vonage.setFault({ ...fault, to: nextPhone });
    },
    order: async (overrides = {}) => {
      const theirs = nextPhone === undefined ? {} : { phone: nextPhone };
      nextPhone = undefined;
      const now = new Date(await time.now()).toISOString();
      const both = [consent({ at: now }), consent({ class: 'service_feedback', at: now })];
      const body = validOrder({
        placedAt: now,
        ...overrides,
        customer: { consents: both, ...theirs, ...overrides.customer },
      });
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
    until: async (hour, minute = 0, weekday) => {
      do await time.advanceTo(nextInRome(await time.now(), hour, minute));
      while (weekday !== undefined && localTime(await time.now(), ROME).weekday !== weekday);
    },
    erase: async (order) => {
      const { contact } = await shop.view(order);
      const request = { method: 'DELETE', headers: { authorization: `Bearer ${installation.key}` } };
      const response = await fetch(`${installation.apiUrl}/v1/contacts/${contact ?? ''}`, request);
      const { id } = (await response.json()) as { readonly id: string };
      await time.settled();
      await time.advanceTo((await time.now()) + 3 * HOUR);
      return id;
    },
    story: async (order) => (await entries(order)).flatMap((entry) => expectation(entry) ?? []),
  };
}

/** The first moment, `at` itself included, at which the wall clock shows `hour:minute`. */
function nextInRome(at: number, hour: number, minute: number): number {
  const clock = [hour, minute].map((part) => String(part).padStart(2, '0')).join(':');
  let moment = Math.ceil(at / MINUTE) * MINUTE;
  while (!wallClock(moment, ROME).endsWith(`T${clock}`)) moment += MINUTE;
  return moment;
}
