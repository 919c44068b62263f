import type { Db } from '../db/connection/connect.ts';
import { openCase as insertCase } from '../commands/conversation/open-case.ts';
import type { CaseKind } from '../domain/journey/journey.ts';

export interface OpenCaseInput {
  readonly brand: string;
  readonly order: string;
  readonly contact: string;
  readonly kind: CaseKind;
  /** The step's key: one case per step, however often this runs. */
  readonly cause: string;
  /** Epoch ms of the workflow. */
  readonly asOf: number;
}

/** Opens a case for an agent. Returns its number, the same one when it runs twice. */
export function createOpenCase({ db }: { readonly db: Db }) {
  return async function openCase({ asOf, ...opened }: OpenCaseInput): Promise<string> {
    return String(await insertCase(db, { ...opened, at: asOf, byWorkflow: true }));
  };
}
