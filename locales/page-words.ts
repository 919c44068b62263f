/** Everything the pages say, in the languages of the product. A missing sentence does not compile. */
import type { CodePurpose } from '../domain/privacy/access-code.ts';
import type { ChosenTopic } from '../domain/consent/choices.ts';
import type { Channel } from '../domain/sending/message.ts';

/** A box with its words. Where they are a consent, ticking the box agrees to exactly them, and so they go into the ledger. */
export interface BoxWords {
  readonly title: string;
  readonly says: string;
}

export interface PageWords {
  /** The language's own name. */
  readonly language: string;
  readonly languages: string;
  readonly title: (brand: string) => string;
  readonly intro: (brand: string) => string;
  readonly saved: string;
  readonly unchanged: string;
  readonly errorPrefix: string;
  readonly checkThese: string;

  readonly topics: string;
  readonly orders: BoxWords;
  readonly topic: Readonly<Record<ChosenTopic, (brand: string) => BoxWords>>;
  /** Beside a box whose consent is to be confirmed. */
  readonly toConfirm: string;
  readonly confirmTitle: string;
  readonly confirmSays: (brand: string) => string;
  readonly confirmButton: string;
  readonly confirmed: string;

  readonly channels: string;
  readonly channelsHint: string;
  /** Names of channels where they are others than everywhere (`label` in channels/). */
  readonly channel: Readonly<Partial<Record<Channel, string>>>;
  readonly channelMissing: string;

  readonly frequency: string;
  readonly frequencyHint: string;
  readonly unlimited: string;
  readonly mostPerWeek: Readonly<Record<1 | 2, string>>;

  readonly pause: string;
  readonly pauseLabel: string;
  readonly pauseHint: (latest: string) => string;
  readonly pauseWrong: (earliest: string, latest: string) => string;

  readonly zone: string;
  /** `zones`: each with the time of day there. */
  readonly zoneThought: (zones: string) => string;
  readonly zoneUnknown: string;
  readonly zoneChosen: (zone: string) => string;
  readonly zoneLabel: string;
  readonly zoneAutomatic: string;
  readonly zonesOfCountry: string;
  readonly zonesElsewhere: string;
  readonly notOnList: string;

  readonly save: string;

  readonly onlyOrders: string;
  readonly onlyOrdersSays: (brand: string) => string;
  readonly stop: string;
  readonly stopSays: (brand: string) => string;
  readonly stopButton: string;
  readonly stoppedTitle: (brand: string) => string;
  readonly stoppedSays: string;
  readonly comeBackHere: string;
  readonly comeBackByReply: (brand: string) => string;
  /** Used where the sender takes no replies. `url`: the shop's help page. */
  readonly comeBackByShop: (brand: string, url: string) => string;
  readonly resumeButton: string;
  readonly resumed: string;

  readonly disown: string;
  readonly disownSays: (brand: string) => string;
  readonly disownButton: string;
  readonly disownedTitle: string;
  readonly disownedSays: (brand: string) => string;

  readonly data: string;
  readonly dataSays: (brand: string) => string;
  readonly dataByCode: string;
  readonly download: string;
  readonly erase: string;
  readonly eraseTitle: string;
  readonly eraseSays: (brand: string) => readonly string[];
  readonly eraseButton: string;
  readonly back: string;
  /** Beside a button that asks for the erasure. */
  readonly backKeeping: string;
  readonly codeTitle: string;
  readonly codeSays: (brand: string) => string;
  readonly codeLabel: string;
  readonly codeHint: string;
  readonly codeButton: Readonly<Record<CodePurpose, string>>;
  readonly codeAgain: string;
  /** The same words for a wrong, an old and an invented code. */
  readonly codeWrong: string;
  /** `next`: when the number gets another code. Absent: at once. */
  readonly codeUsedUp: (next?: string) => string;
  readonly codeTooMany: (next?: string) => string;
  readonly fileTitle: string;
  readonly fileSays: string;
  readonly fileButton: string;
  readonly fileBusy: string;
  /** `next`: as of `codeUsedUp`. */
  readonly fileOver: (next?: string) => string;
  /** The number may be another person's by now. */
  readonly codeQuietTitle: string;
  readonly codeQuietSays: (brand: string) => string;
  readonly codeQuietAsk: string;
  readonly erasurePlanned: string;
  readonly erasurePlannedSays: (brand: string, moment: string) => string;
  readonly keepData: string;
  readonly kept: string;

  readonly expiredTitle: string;
  readonly invalidTitle: string;
  readonly revokedTitle: string;
  readonly revokedSays: string;
  readonly goneTitle: string;
  /** Promises no new link: there is no page to lead to. */
  readonly goneSays: string;
  readonly newLink: string;
  readonly nothingChanged: string;
  readonly forgedTitle: string;
  readonly forgedSays: string;
  readonly stale: string;
  readonly troubleTitle: string;
  readonly troubleSays: string;
}

/** A box's words as they stand on the page: a person agrees to them, or takes them back. */
export function wordingOfBox({ title, says }: BoxWords): string {
  return `${title}. ${says}`;
}
