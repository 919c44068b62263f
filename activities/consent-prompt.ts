import type { Db } from '../db/connection/connect.ts';
import { recordQuestionSent } from '../commands/consent/answer-question.ts';
import type { ConsentWatch } from '../db/consent/consent-prompt.ts';
import { readConsentPrompt } from '../db/consent/consent-prompt.ts';
import type { RuleData } from '../domain/rules/rule-data.ts';
import type { ConsentPrompt } from '../domain/consent/consent-prompt.ts';
import type { ConsentQuestion } from '../domain/sending/message.ts';

export interface ConsentPromptDeps {
  readonly db: Db;
  readonly rules: RuleData;
}

export interface ConsentPromptInput extends ConsentWatch {
  /** Epoch ms of the workflow. */
  readonly asOf: number;
}

/** The next question for a contact. Reads only; safe to run twice. */
export function createNextConsentPrompt({ db, rules }: ConsentPromptDeps) {
  return async function nextConsentStep({ asOf, ...watch }: ConsentPromptInput): Promise<ConsentPrompt> {
    return readConsentPrompt(db, rules, watch, asOf);
  };
}

export interface ConsentAskedInput extends ConsentPromptInput {
  readonly question: ConsentQuestion;
  readonly message: string;
}

/** Records in the consent ledger that a question was sent, with its words. Safe to run twice. */
export function createRecordConsentAsked({ db }: ConsentPromptDeps) {
  return async function recordConsentAsked({ asOf, ...asked }: ConsentAskedInput): Promise<void> {
    await recordQuestionSent(db, asked, asOf);
  };
}
