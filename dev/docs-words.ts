/** The meaning of search attributes, for docs/operations.md. A new one does not compile until it is explained here. */
import type { SEARCH_ATTRIBUTES } from '../workflows/contract.ts';

export const SEARCH_ATTRIBUTE_MEANINGS: Readonly<Record<keyof typeof SEARCH_ATTRIBUTES, string>> = {
  brand: "the brand's id",
  contact: "the contact's id, as in `GET /v1/contacts/{id}`",
  phase:
    '`unknown`, `order`, `delivery`, `activation`, `assistance`, `social_proof`, `expansion`, `never_arrived` or `ended`',
  nextStep: 'the step that comes next: `rating_request`, or `shipped#p1` where a step can occur more than once',
  nextDue: 'when it is due',
  hold: 'whether the order is paused',
};
