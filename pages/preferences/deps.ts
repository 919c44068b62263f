/** Dependencies of the pages. */
import type { IncomingMessage } from 'node:http';
import type { Store } from '../../db/addresses/store.ts';
import type { Exports } from '../../commands/privacy/export-contact.ts';
import type { AccessCodes } from '../../commands/privacy/ask-code.ts';
import type { RuleData } from '../../domain/rules/rule-data.ts';
import type { Clock } from '../../domain/time/clock.ts';
import type { LinkKeys } from '../link.ts';

export interface PageDeps extends Store {
  /** Of all that is stored about a person; one for the process. */
  readonly exports: Exports;
  readonly clock: Clock;
  /** Of links and of forms: secrets.ts. */
  readonly keys: { readonly links: LinkKeys; readonly forms: LinkKeys };
  /** Computes the codes that are texted before data is given out or erased. */
  readonly codesOf: AccessCodes;
  readonly rules: RuleData;
  /** Called after a row was stored of which a workflow has to be told. */
  readonly wakeDrainer: () => void;
  /** The bytes of a request's body. Throws when there are too many. */
  readonly readBody: (request: IncomingMessage) => Promise<Buffer>;
  /** Told of an unexpected error. */
  readonly report: (error: unknown) => void;
}
