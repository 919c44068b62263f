/** The steps of erasing a person, as its workflow asks for them. Each starts from the database, so a retry goes on where it broke off. */
import { Context, log } from '@temporalio/activity';
import type { Store } from '../../db/addresses/store.ts';
import { inTransaction } from '../../db/addresses/store.ts';
import type { StepDetail } from '../../domain/privacy/erasure.ts';
import { findErasure, finishErasure, recordStep } from '../../db/privacy/erasure-steps.ts';
import { closeOrders, stopNumbersOf } from '../../commands/privacy/erase-person.ts';
import { lastUseOf, removeData, runsOf } from '../../db/privacy/erase-person.ts';
import type { RedactionResult } from '../../db/privacy/redactions.ts';
import {
  dueRedactions,
  erasuresWithLateRedactions,
  listRedactions,
  recordRedaction,
  redactionProgress,
} from '../../db/privacy/redactions.ts';
import { residenceOf } from '../../db/contacts/details.ts';
import { DAY, HOUR, MINUTE } from '../../domain/time/duration.ts';
import { endOf, keptFor } from '../../domain/privacy/retention.ts';
import type { RulePacks } from '../../domain/rules/rule-pack.ts';
import type { ProviderRedaction, RedactionOutcome } from '../../vonage/port.ts';
import { consentWorkflowId, orderWorkflowId, redeliveryWorkflowId, replyWorkflowId } from '../../workflows/contract.ts';
import { terminateAll } from './terminate-runs.ts';

export interface ErasePersonDeps extends Store {
  readonly rules: { readonly packs: RulePacks };
  /** Absent: the account has no access to the provider's records. */
  readonly redaction?: ProviderRedaction;
}

export interface ErasureStepInput {
  readonly erasure: string;
  /** Epoch ms of the workflow when it asked. */
  readonly asOf: number;
}

/** Messages of one run of the activity. It asks the provider about one after another, and 100 take some 20 s. */
const BATCH = 100;
/**
 * The law gives a month (GDPR article 12(3)). After it, a person has to ask the provider about messages that are
 * still open.
 */
const ASK_FOR = 28 * DAY;
const FIRST_PAUSE = MINUTE;
const LONGEST_PAUSE = 6 * HOUR;
/** A message can be redacted an hour after it was sent. */
const TOO_YOUNG_FOR = HOUR;

/** Erasures per run of `redactLate`. Few erasures have a late redaction, and those have one or two messages. */
const LATE_ERASURES = 100;

export function createEraseActivities({ rules, redaction, ...store }: ErasePersonDeps) {
  const { db } = store;
  async function redact(erasure: string, now: number): Promise<number | null> {
    for (const { providerId, direction, tries, listedAt } of await dueRedactions(db, erasure, BATCH, now)) {
      const outcome = redaction ? await redaction.redact({ providerId, direction }) : NO_ACCESS;
      await recordRedaction(db, erasure, providerId, resultOf(outcome, { tries, now, since: listedAt }), now);
    }
    const { counts, nextAt } = await redactionProgress(db, erasure);
    const detail: StepDetail = counts;
    const result = counts.refused > 0 || nextAt !== undefined ? 'partly' : 'done';
    await recordStep(db, erasure, { step: 'redact_provider', result, detail }, now);
    return nextAt ?? null;
  }

  return {
    /** Suppresses the numbers that were added to the person since the erasure was requested. */
    async suppressPerson({ erasure, asOf }: ErasureStepInput): Promise<void> {
      const now = moment(asOf);
      await inTransaction(store, async (own) => {
        const numbers = await stopNumbersOf(own, await findErasure(own.db, erasure), now);
        await recordStep(own.db, erasure, { step: 'suppress', result: 'done', detail: { numbers } }, now);
      });
    },

    /** Closes the person's orders and returns their ids, so that the workflow can signal their runs. */
    async closeOrders({ erasure, asOf }: ErasureStepInput): Promise<readonly string[]> {
      return closeOrders(db, await findErasure(db, erasure), moment(asOf));
    },

    /** `ended`: runs that were told. Only for erasures that began before runs were terminated by `endRuns`. */
    async ordersEnded({ erasure, asOf, ended }: ErasureStepInput & { readonly ended: number }): Promise<void> {
      await recordStep(db, erasure, { step: 'end_orders', result: 'done', detail: { runs: ended } }, moment(asOf));
    },

    /**
     * Terminates runs that have not ended by themselves since `told` runs were signalled: a run that hangs in its own code takes no
     * signal. Returns how many were terminated. Runs that the engine refuses to terminate are on record, and the step says `partly`.
     */
    async endRuns({ erasure, asOf, told }: ErasureStepInput & { readonly told: number }): Promise<number> {
      const now = moment(asOf);
      const { brand, contact } = await findErasure(db, erasure);
      const { orders, replies, redeliveries } = await runsOf(db, { brand, contact }, now);
      const { terminated, left } = await terminateAll([
        ...orders.map((order) => orderWorkflowId(brand, order)),
        consentWorkflowId(brand, contact),
        ...replies.map((reply) => replyWorkflowId(brand, reply)),
        ...redeliveries.map((redelivery) => redeliveryWorkflowId(brand, redelivery)),
      ]);
      const detail: StepDetail = { runs: told, terminated, ...(left > 0 && { left }) };
      await recordStep(db, erasure, { step: 'end_orders', result: left > 0 ? 'partly' : 'done', detail }, now);
      if (left > 0)
        log.error('runs of an erased person could not be ended', { kind: 'erasure_runs_left', count: left });
      return terminated;
    },

    /** False: an order has come in the meantime, so nothing was removed. */
    async removePersonalData({ erasure, asOf }: ErasureStepInput): Promise<boolean> {
      const now = moment(asOf);
      return db.transaction(async (trx) => {
        const person = await findErasure(trx, erasure);
        await listRedactions(trx, erasure, now);
        const keep = keptFor(rules.packs, await residenceOf(trx, person.contact), 'consent_proof', now);
        const proofUntil = endOf(keep, await lastUseOf(trx, person.contact, now));
        const removed = await removeData(trx, person, proofUntil, now);
        if (removed.kind === 'order_came') return false;
        await recordStep(trx, erasure, { step: 'remove_data', result: 'done', detail: removed.counts }, now);
        return true;
      });
    },

    /**
     * Asks the provider to forget some of the messages. Returns when to continue (epoch ms), or null when all have
     * their answer.
     */
    async redactMessages({ erasure, asOf }: ErasureStepInput & { readonly since: number }): Promise<number | null> {
      return redact(erasure, moment(asOf));
    },

    /**
     * Redacts messages whose provider ids became known only after their erasure was finished. Returns true if more
     * may be due. A redaction that has to be repeated is found by the run of a later day.
     */
    async redactLate({ asOf }: { readonly asOf: number }): Promise<boolean> {
      const now = moment(asOf);
      const erasures = await erasuresWithLateRedactions(db, LATE_ERASURES, now);
      for (const erasure of erasures) await redact(erasure, now);
      return erasures.length === LATE_ERASURES;
    },

    async finishErasure({ erasure, asOf }: ErasureStepInput): Promise<void> {
      const { counts } = await redactionProgress(db, erasure);
      if (counts.refused > 0)
        log.error('the provider keeps messages of an erased person', {
          kind: 'redaction_refused',
          count: counts.refused,
        });
      await finishErasure(db, erasure, moment(asOf));
    },
  };
}

const NO_ACCESS: RedactionOutcome = { kind: 'refused', code: 'no_access' };

function resultOf(
  outcome: RedactionOutcome,
  { tries, now, since }: { readonly tries: number; readonly now: number; readonly since: number },
): RedactionResult {
  switch (outcome.kind) {
    case 'redacted':
    case 'not_found':
      return { result: outcome.kind };
    case 'refused':
      return { result: 'refused', code: outcome.code };
    case 'later': {
      const { code, early, retryAfterMs = 0 } = outcome;
      const pause = early ? TOO_YOUNG_FOR : Math.min(FIRST_PAUSE * 2 ** tries, LONGEST_PAUSE);
      const nextAt = now + Math.max(pause, retryAfterMs);
      return nextAt - since > ASK_FOR ? { result: 'refused', code } : { result: 'later', code, nextAt };
    }
  }
}

/**
 * The workflow's `asOf` is older than a retry, so the later moment counts: when Temporal put this attempt into its
 * queue.
 */
function moment(asOf: number): number {
  return Math.max(asOf, Context.current().info.currentAttemptScheduledTimestampMs);
}
