/** KS X 1001, all that Korean networks carry in an SMS: Hangul in use, Hanja, Latin without accents, no emoji. */
import { plainGsm } from './segments.ts';

const FIRST_BYTE = 0xa1;
const LAST_BYTE = 0xfe;

/**
 * Characters that EUC-KR writes with two bytes from this range, and ASCII. `euc-kr` of the Encoding Standard has thousands of syllables
 * more, outside of it.
 */
const WRITABLE: ReadonlySet<string> = new Set([...asciiSigns(), ...twoByteSigns()]);

function asciiSigns(): string[] {
  const printable = Array.from({ length: 0x7f - 0x20 }, (_, index) => String.fromCharCode(0x20 + index));
  return ['\n', ...printable];
}

function twoByteSigns(): string[] {
  const row = Array.from({ length: LAST_BYTE - FIRST_BYTE + 1 }, (_, index) => FIRST_BYTE + index);
  const bytes = row.flatMap((first) => row.flatMap((second) => [first, second]));
  return Array.from(new TextDecoder('euc-kr').decode(Uint8Array.from(bytes))).filter((sign) => sign !== '\uFFFD');
}

/** Signs of currencies and their counterparts, so that an amount stays an amount. */
const OWN_EQUIVALENTS: Readonly<Record<string, string>> = { '₩': '￦', '€': 'EUR' };

/** Pictures that can be left out, because the words say the same. */
const PICTURES = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|\uFE0E|\uFE0F|\u200D|\u20E3/gu;

/**
 * The text in characters of KS X 1001: pictures left out, accents dropped, typographic signs as plain ones.
 * Undefined: a character has no counterpart there, such as an Arabic letter.
 */
export function toKsX1001(text: string): string | undefined {
  const signs = Array.from(text.normalize('NFC').replaceAll(PICTURES, withoutPicture), equivalentOf);
  if (signs.includes(undefined)) return undefined;
  return signs.join('').replaceAll(/ {2,}/g, ' ').trim();
}

/** Digits and `©` count as emoji in Unicode, too: what can be written stays. */
function withoutPicture(sign: string): string {
  return WRITABLE.has(sign) ? sign : '';
}

function equivalentOf(sign: string): string | undefined {
  const tries = [sign, OWN_EQUIVALENTS[sign] ?? sign, plainGsm(sign), withoutAccents(sign)];
  return tries.find((candidate) => Array.from(candidate).every((one) => WRITABLE.has(one)));
}

function withoutAccents(sign: string): string {
  return sign.normalize('NFKD').replaceAll(/\p{M}/gu, '');
}
