/** A brand that sends on RCS first, and turns to SMS. */
import { fileURLToPath } from 'node:url';
import type { Brand } from '../../domain/orders/brand.ts';
import type { JourneyDefinition } from '../../domain/journey/journey.ts';
import { loadJourney } from '../../journeys/load.ts';
import { demoBrand } from './shop-verbs.ts';

export const RCS_AGENT = 'BottegaSole';

export const rcsBrand: Brand = { ...demoBrand, channels: { rcs: { sender: RCS_AGENT } } };

export const failoverJourney: JourneyDefinition = loadJourney(
  fileURLToPath(new URL('../workflows/failover.yaml', import.meta.url)),
);
