/** A brand that sends on RCS first, and turns to SMS. */
import { fileURLToPath } from 'node:url';
import type { Brand } from '../../domain/orders/brand.ts';
import type { JourneyDefinition } from '../../domain/journey/journey.ts';
import { loadJourney } from '../../journeys/load.ts';
import { demoBrand } from './shop-verbs.ts';

export const rcsBrand: Brand = { ...demoBrand, rcsAgent: 'BottegaSole' };

export const failoverJourney: JourneyDefinition = loadJourney(
  fileURLToPath(new URL('../workflows/failover.yaml', import.meta.url)),
);
