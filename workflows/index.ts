/** The bundle's entry: workflow functions only, reached by path and never imported by the worker's own code. */
export { orderJourney } from './order/order-journey.ts';
export { consentRenewal } from './consent-renewal.ts';
export { erasure } from './erasure.ts';
export { redelivery } from './redelivery.ts';
export { reply } from './reply.ts';
export { retention } from './retention.ts';
