/** The actions of the preference page's forms: each runs one command for the person that the link belongs to. */
import type { ExportFile } from '../../commands/privacy/export-contact.ts';
import { confirmConsent } from '../../commands/consent/answer-question.ts';
import type { NewConsent } from '../../db/consent/consents.ts';
import { cancelPlannedErasure, planErasure } from '../../commands/privacy/plan-erasure.ts';
import { isQuiet } from '../../db/contacts/identity.ts';
import { disownNumber } from '../../commands/contacts/revoke-links.ts';
import type { UsedCode } from '../../commands/privacy/ask-code.ts';
import { askCode, takeExportFile, useCode } from '../../commands/privacy/ask-code.ts';
import type { ContactGone } from '../../commands/consent/change-person.ts';
import type { Person } from '../../db/consent/person.ts';
import { inContactTransaction, inNumberTransaction } from '../../commands/consent/change-person.ts';
import { saveChosen } from '../../commands/consent/save-choices.ts';
import { restore } from '../../commands/consent/restore.ts';
import { stop } from '../../commands/consent/stop.ts';
import type { CodePurpose } from '../../domain/privacy/access-code.ts';
import { CUSTOMER } from '../../domain/access/audit.ts';
import type { Choices, Chosen, ConsentChange } from '../../domain/consent/choices.ts';
import { choose, onlyOrders } from '../../domain/consent/choices.ts';
import type { LinkOwner } from '../../domain/contacts/identity.ts';
import type { Locale } from '../../domain/sending/message.ts';
import type { PageDeps } from './deps.ts';
import { PAGE_WORDS } from '../../locales/load.ts';
import { situationOf } from './situation.ts';
import { wordingOfBox } from '../../locales/page-words.ts';

/** A form that was sent, its language, and the evidence for consents that it gives. */
export interface Submission {
  readonly owner: LinkOwner;
  readonly locale: Locale;
  readonly userAgent: string;
  /** The page's address without the token, which opens it. */
  readonly url: string;
  /** Epoch ms. */
  readonly now: number;
}

type ActionDeps = Pick<PageDeps, 'db' | 'tokenOf' | 'rules' | 'codesOf'>;

export type ActionOutcome = 'changed' | 'unchanged' | ContactGone;

const SOURCE = 'page';

/** Stores the fields that differ from the ones that the form showed. */
export function saveChoices(
  deps: ActionDeps,
  submission: Submission,
  shown: Choices,
  sent: Choices,
): Promise<ActionOutcome> {
  return store(deps, submission, (person) =>
    choose(situationOf(person, deps.rules, submission.now).chooser, shown, sent, submission.now),
  );
}

/** "Only news of my orders." */
export function saveOnlyOrders(deps: ActionDeps, submission: Submission): Promise<ActionOutcome> {
  return store(deps, submission, (person) =>
    onlyOrders(situationOf(person, deps.rules, submission.now).chooser, person.consents, submission.now),
  );
}

function store({ db }: ActionDeps, submission: Submission, decide: (person: Person) => Chosen): Promise<ActionOutcome> {
  return inContactTransaction(db, submission.owner, async (trx, person) => {
    const chosen = decide(person);
    const consents = chosen.consents.map((one) => toConsent(one, person, submission));
    return (await saveChosen(trx, person, { ...chosen, consents }, submission.now)) ? 'changed' : 'unchanged';
  });
}

/**
 * Confirms a consent that was asked for over the number. Only a person who got a message on that number has the link.
 */
export async function confirmConsents({ db }: ActionDeps, { owner, now }: Submission): Promise<ActionOutcome> {
  return inContactTransaction(db, owner, async (trx, { brand, contact }) => {
    const confirmed = await confirmConsent(trx, { brand: brand.id, contact, source: SOURCE, at: now, now });
    return confirmed === 0 ? 'unchanged' : 'changed';
  });
}

function toConsent(change: ConsentChange, { brand }: Person, { locale, now, userAgent, url }: Submission): NewConsent {
  const wording = (topic: 'tips' | 'feedback' | 'reviews' | 'offers') =>
    wordingOfBox(PAGE_WORDS[locale].topic[topic](brand.name));
  return {
    class: change.class,
    action: change.action,
    basis: 'express_written',
    wording: change.action === 'granted' ? wording(change.topic) : change.topics.map(wording).join(' / '),
    locale,
    source: SOURCE,
    // Behind a proxy the address of the caller is not available.
    evidence: { userAgent: userAgent.slice(0, 300), url },
    at: now,
  };
}

/**
 * Stops the number, for the whole brand and on every channel, also if the link has ended since its page was opened. The link ends too, so that
 * another holder of it cannot lift the stop.
 */
export function stopAllMessages({ db, tokenOf }: ActionDeps, { owner, now }: Submission): Promise<ActionOutcome> {
  return inNumberTransaction<ActionOutcome>(db, { id: owner.id }, async (trx, { brand, address }) => {
    const said = { brand: brand.id, address: address.e164, by: { kind: 'page' }, at: now } as const;
    return (await stop({ db: trx, tokenOf }, said, now)) ? 'changed' : 'unchanged';
  });
}

/** Lifts the stop. As after START, the person has the consents they had before and no others. */
export function resumeMessages({ db, tokenOf }: ActionDeps, { owner, now }: Submission): Promise<ActionOutcome> {
  return inNumberTransaction<ActionOutcome>(db, owner, async (trx, { brand, contact, address }) => {
    const asked = { brand: brand.id, address: address.e164, by: { kind: 'page' }, contact, at: now } as const;
    return (await restore({ db: trx, tokenOf }, asked, now)) === 'restored' ? 'changed' : 'unchanged';
  });
}

/** "This was not me." */
export async function disownNumberOfLink({ db }: ActionDeps, { owner, now }: Submission): Promise<ActionOutcome> {
  return inNumberTransaction<ActionOutcome>(db, owner, async (trx, person) => {
    await disownNumber(trx, person, now);
    return 'changed';
  });
}

/** `quiet`: the number may belong to another person by now, so a code that is texted to it would prove nothing. */
export type CodeAsked = 'asked' | 'too_many' | 'quiet' | ContactGone;

/** Has a code texted to the number. A person who has only the link cannot read it. */
export function requestCode({ db }: ActionDeps, { owner, now }: Submission, opens: CodePurpose): Promise<CodeAsked> {
  return inNumberTransaction<CodeAsked>(db, owner, async (trx, person) =>
    (await isQuiet(trx, person.contact, now)) ? 'quiet' : askCode(trx, person, opens, now),
  );
}

/** The reasons why a code is refused. `used_up`: the last code was used, or there were too many wrong guesses. */
export type CodeRefusal = 'wrong' | 'used_up' | ContactGone;

/** Opens the download for a correct code and uses the code up. Returns the request by which the file is fetched. */
export function openDownload(
  { db, codesOf }: ActionDeps,
  { owner, now }: Submission,
  code: string | undefined,
): Promise<UsedCode | CodeRefusal> {
  return inNumberTransaction<UsedCode | CodeRefusal>(db, owner, (trx, person) =>
    useCode(trx, codesOf, person, { opens: 'download', code }, now),
  );
}

/**
 * Everything that is stored about the person, given out once for a request whose code was correct. `over`: the file
 * was fetched, or it is too late. `busy`: all places for exports are taken, so it can be fetched later.
 */
export async function fetchFile(
  { db, exports }: Pick<PageDeps, 'db' | 'exports'>,
  { owner, now }: Submission,
  request: string,
): Promise<ExportFile | 'over' | 'busy' | ContactGone> {
  const place = exports.reserve();
  if (!place) return 'busy';
  try {
    const taken = await inNumberTransaction<Person | 'over'>(db, owner, async (trx, person) =>
      (await takeExportFile(trx, person, request, now)) ? person : 'over',
    );
    if (typeof taken === 'string') {
      place.leave();
      return taken;
    }
    const about = { brand: taken.brand.id, contact: taken.contact };
    return (await place.giveOut({ ...about, actor: CUSTOMER, now })) ?? 'gone';
  } catch (error) {
    place.leave();
    throw error;
  }
}

/** Requests the erasure after a correct code. The link ends; the return value is the next link of the number. */
export function eraseOnRequest(
  { db, codesOf }: ActionDeps,
  { owner, now }: Submission,
  code: string | undefined,
): Promise<LinkOwner | CodeRefusal> {
  return inNumberTransaction<LinkOwner | CodeRefusal>(db, owner, async (trx, person) => {
    const used = await useCode(trx, codesOf, person, { opens: 'erase', code }, now);
    if (typeof used === 'string') return used;
    await planErasure(trx, person, now);
    return { id: owner.id, epoch: owner.epoch + 1 };
  });
}

/** "Keep my data." */
export function cancelErasure({ db }: ActionDeps, { owner, now }: Submission): Promise<ActionOutcome> {
  return inNumberTransaction<ActionOutcome>(db, owner, async (trx, { brand, contact }) => {
    const kept = await cancelPlannedErasure(trx, { brand: brand.id, contact }, 'page', now);
    return kept ? 'changed' : 'unchanged';
  });
}
