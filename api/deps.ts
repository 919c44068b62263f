/** What the API is given. */
import type { Logger } from 'pino';
import type { Db } from '../db/connect.ts';
import type { Brand } from '../domain/brand.ts';
import type { Clock } from '../domain/clock.ts';
import type { JourneyDefinition } from '../domain/journey.ts';
import type { KeywordIndex } from '../domain/keywords.ts';
import type { WindowRules } from '../domain/window-rules.ts';
import type { Metrics } from './metrics.ts';
import type { OrderWorkflows } from './temporal.ts';

export interface AppDeps {
  readonly db: Db;
  readonly clock: Clock;
  /** The journey that new orders of a brand follow. */
  readonly journeyOf: (brand: Brand) => JourneyDefinition;
  readonly keywords: KeywordIndex;
  /** When promotions may arrive, by place. */
  readonly windows: WindowRules;
  readonly orders: OrderWorkflows;
  /** Called after something was stored that a workflow is to be told. */
  readonly wakeDrainer: () => void;
  /** The provider's signature secret. */
  readonly webhookSecret: string;
  readonly log: Logger;
  readonly metrics: Metrics;
}
