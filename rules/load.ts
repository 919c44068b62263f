/** The rules of this folder, read and checked once at start. */
import type { WordIndex } from '../domain/conversation/inbound.ts';
import type { NumberRange } from '../domain/rules/rule-data.ts';
import type { PostcodeZone } from '../domain/place/place.ts';
import type { RulePacks } from '../domain/rules/rule-pack.ts';
import type { ZoneData } from '../domain/place/zones.ts';
import { loadAreaCodes, loadZones } from './zones.ts';
import { loadPacks } from './load-packs.ts';
import { loadNumberRanges } from './number-ranges.ts';
import { createPostcodes } from './postcodes.ts';
import { loadWords } from './words.ts';

export interface Rules {
  readonly zones: ZoneData;
  readonly postcodes: PostcodeZone;
  readonly keywords: WordIndex;
  readonly packs: RulePacks;
  /** Ranges of numbers that are never texted. */
  readonly neverTexted: readonly NumberRange[];
}

/**
 * Reads `zones.yaml`, `area-codes.yaml`, `words/`, `number-ranges.yaml` and the packs of a folder. Throws an error
 * with file, line and column of each mistake.
 */
export function loadRules(folder: URL = new URL('.', import.meta.url)): Rules {
  return {
    zones: loadZones(folder, loadAreaCodes(folder)),
    postcodes: createPostcodes(),
    keywords: loadWords(folder),
    packs: loadPacks(folder),
    neverTexted: loadNumberRanges(folder),
  };
}
