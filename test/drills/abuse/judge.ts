/**
 * The judge of the abuse drill: words that reached the wrong person, texts over a limit, and texts that never came.
 * Pure.
 */

/** A text in the provider's own log. */
export interface Text {
  readonly to: string;
  readonly text: string;
  /** Epoch ms. */
  readonly acceptedAt: number;
}

/** A person, with words that only they may see: their order's name, their parcel's number, their first name. */
export interface AbusedPerson {
  readonly name: string;
  readonly phone: string;
  readonly secrets: readonly string[];
}

/** Text that one person has seen: a text message, a download, a page. */
export interface AbuseSeen {
  readonly by: AbusedPerson;
  readonly what: string;
  readonly content: string;
}

/** Bytes of a person's words that another person has seen. */
export function leakedBytes(people: readonly AbusedPerson[], seen: readonly AbuseSeen[]): number {
  return seen.reduce((sum, { by, content }) => {
    const others = people.filter(({ phone }) => phone !== by.phone).flatMap(({ secrets }) => secrets);
    return sum + others.reduce((bytes, secret) => bytes + secret.length * (content.split(secret).length - 1), 0);
  }, 0);
}

/** The most texts of a kind that a number may get; 0: it may get none. */
export interface AbuseLimit {
  readonly what: string;
  readonly to: string;
  readonly isCounted: (text: string) => boolean;
  readonly most: number;
}

/** Texts beyond the limits, by limit. */
export function overLimits(limits: readonly AbuseLimit[], texts: readonly Text[]): ReadonlyMap<string, number> {
  return new Map(
    limits.map(({ what, to, isCounted, most }) => {
      const got = texts.filter((one) => one.to === to && isCounted(one.text)).length;
      return [what, Math.max(0, got - most)];
    }),
  );
}

/** An order whose customer has to get at least one text. `at`: when it was acknowledged, epoch ms. */
export interface Awaited {
  readonly phone: string;
  readonly at: number;
}

/** Ms from each order to its first text; undefined where none came. */
export function waitsOf(awaited: readonly Awaited[], texts: readonly Text[]): readonly (number | undefined)[] {
  const first = new Map<string, number>();
  for (const { to, acceptedAt } of texts) if (!first.has(to)) first.set(to, acceptedAt);
  return awaited.map(({ phone, at }) => {
    const came = first.get(phone);
    return came === undefined ? undefined : Math.max(0, came - at);
  });
}
