/** Dependencies of the API. */
import type { Logger } from 'pino';
import type { Store } from '../../db/addresses/store.ts';
import type { Exports } from '../../commands/privacy/export-contact.ts';
import type { RuleData } from '../../domain/rules/rule-data.ts';
import type { Brand } from '../../domain/orders/brand.ts';
import type { Clock } from '../../domain/time/clock.ts';
import type { JourneyDefinition } from '../../domain/journey/journey.ts';
import type { OrderLimits } from '../../domain/orders/order.ts';
import type { OutboxName } from '../../domain/sending/outbox.ts';
import type { WordIndex } from '../../domain/conversation/inbound.ts';
import type { ShopifyShop } from '../../ingest/shopify-privacy.ts';
import type { LinkKeys } from '../../pages/link.ts';
import type { CodecAccess } from '../operations/codec-routes.ts';
import type { FreshFacts } from '../../engine/fresh-facts.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { Rates } from './rate-limits.ts';
import type { Workflows } from '../../engine/workflows.ts';

export interface AppDeps extends Store {
  /** Of all that is stored about a person; one for the process. */
  readonly exports: Exports;
  /** Of the links in messages and of the forms behind them. */
  readonly pageKeys: { readonly links: LinkKeys; readonly forms: LinkKeys; readonly codes: LinkKeys };
  readonly clock: Clock;
  /** The journey that new orders of a brand get. */
  readonly journeyOf: (brand: Brand) => JourneyDefinition;
  readonly keywords: WordIndex;
  readonly rules: RuleData;
  readonly workflows: Workflows;
  /** The most events and parcels that an order may have. */
  readonly orderLimits: OrderLimits;
  /** Called after a row was stored of which a workflow has to be told. With `outbox`, only that outbox is looked at. */
  readonly wakeDrainer: (outbox?: OutboxName) => void;
  /**
   * The drainer of this process, which tells fresh facts without a look at the inbox. Absent: the inbox is looked at.
   */
  readonly fresh?: FreshFacts;
  /**
   * The secrets that the provider signs webhooks with, and the application that the webhooks are about. Any application, when that is
   * left out.
   */
  readonly webhookSecrets: readonly string[];
  readonly applicationId?: string | undefined;
  /** Each brand's Shopify shop. */
  readonly shops: ReadonlyMap<string, ShopifyShop>;
  /** Absent: payloads are not encrypted, or may not be decrypted from outside. */
  readonly codec?: CodecAccess;
  /** Bytes of all bodies held at one moment; the default when left out. */
  readonly bodiesAtMost?: number;
  /** The defaults when left out. */
  readonly rates?: Rates;
  /** The number of our proxies that add an address to X-Forwarded-For; none when left out. */
  readonly trustedProxies?: number;
  readonly log: Logger;
  readonly metrics: Metrics;
}
