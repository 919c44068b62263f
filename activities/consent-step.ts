import type { Db } from '../db/connection/connect.ts';
import { recordAsked } from '../commands/consent/answer-question.ts';
import type { ConsentWatch } from '../db/consent/consent-prompt.ts';
import { readConsentStep } from '../db/consent/consent-prompt.ts';
import type { RuleData } from '../domain/rules/rule-data.ts';
import type { ConsentStep } from '../domain/consent/consent-prompt.ts';
import type { ConsentQuestion } from '../domain/sending/message.ts';

export interface ConsentStepDeps {
  readonly db: Db;
  readonly rules: RuleData;
}

export interface ConsentStepInput extends ConsentWatch {
  /** Epoch ms of the workflow. */
  readonly asOf: number;
}

/** The next question for a contact. Reads only; safe to run twice. */
export function createNextConsentStep({ db, rules }: ConsentStepDeps) {
  return async function nextConsentStep({ asOf, ...watch }: ConsentStepInput): Promise<ConsentStep> {
    return readConsentStep(db, rules, watch, asOf);
  };
}

export interface ConsentAskedInput extends ConsentStepInput {
  readonly question: ConsentQuestion;
  readonly message: string;
}

/** Records in the consent ledger that a question was sent, with its words. Safe to run twice. */
export function createRecordConsentAsked({ db }: ConsentStepDeps) {
  return async function recordConsentAsked({ asOf, ...asked }: ConsentAskedInput): Promise<void> {
    await recordAsked(db, asked, asOf);
  };
}
