import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexKeywords, matchKeyword } from '../../domain/keywords.ts';
import { loadRules } from '../../rules/load.ts';

const { keywords } = loadRules();
const kindOf = (text: string) => matchKeyword(text, keywords)?.kind;
const anyWord = fc.constantFrom(...keywords.values());
const padding = fc.string({
  unit: fc.constantFrom(' ', '\t', '\n', ...'.,!?-\'"«»“”‘’()'.split(''), '🙏', '👍🏽', '\u200B', '\uFE0F'),
  maxLength: 6,
});

describe('keywords', () => {
  it.each([
    'STOP',
    'stop',
    'STOP.',
    '«stop»',
    'Stop!',
    ' s t o p ',
    'S.T.O.P.',
    'ＳＴＯＰ',
    '“Stop” 🛑',
    'STOP ALL',
    'opt-out',
    'Arrêt.',
    'Cancella',
    '수신거부',
    '수신 거부!',
    '중단',
    'no más',
  ])('%s opts out', (text) => {
    expect(kindOf(text)).toBe('stop');
  });

  it.each([
    'Can I stop by the shop?',
    'please stop',
    'non-stop',
    'nonstop',
    'I want to cancel my order',
    'cancella il mio ordine',
    'non basta',
    '거부합니다 그런데 언제 오나요',
    'the end',
    'no',
    'yes',
    '5',
    '',
    '🛑',
    '...',
  ])('"%s" is no keyword', (text) => {
    expect(matchKeyword(text, keywords)).toBeUndefined();
  });

  it.each([
    ['Start', 'start', 'en'],
    ['unstop', 'start', 'en'],
    ['ATTIVA', 'start', 'it'],
    ['수신동의', 'start', 'ko'],
    ['Help!', 'help', 'en'],
    ['info', 'help', 'en'],
    ['aiuto', 'help', 'it'],
    ['도움말', 'help', 'ko'],
  ])('%s is %s in %s', (text, kind, language) => {
    expect(matchKeyword(text, keywords)).toMatchObject({ kind, language });
  });

  it('CANCEL opts out, because the FCC says so, and is told apart by its word', () => {
    expect(matchKeyword('cancel', keywords)).toEqual({ kind: 'stop', word: 'CANCEL', language: 'en' });
  });

  it('a word counts whatever its case and whatever stands around it', () => {
    fc.assert(
      fc.property(anyWord, padding, padding, fc.infiniteStream(fc.boolean()), (match, before, after, upper) => {
        const cased = Array.from(match.word)
          .map((letter) => (upper.next().value ? letter.toUpperCase() : letter.toLowerCase()))
          .join('');
        expect(matchKeyword(`${before}${cased}${after}`, keywords)).toEqual(match);
      }),
    );
  });

  it('a word counts with composed and decomposed letters alike', () => {
    fc.assert(
      fc.property(anyWord, fc.constantFrom('NFC', 'NFD', 'NFKC', 'NFKD'), (match, form) => {
        expect(matchKeyword(match.word.normalize(form), keywords)).toEqual(match);
      }),
    );
  });

  it('a word inside a longer sentence never counts', () => {
    const other = fc.stringMatching(/^(by|the|shop|order|ordine|mio|언제|when|2|please){1}$/);
    const extra = fc.tuple(fc.array(other, { maxLength: 4 }), fc.array(other, { maxLength: 4 }));
    fc.assert(
      fc.property(
        anyWord,
        extra.filter(([before, after]) => before.length + after.length > 0),
        ({ word }, [before, after]) => {
          expect(matchKeyword([...before, word, ...after].join(' '), keywords)).toBeUndefined();
        },
      ),
    );
  });

  it('any text at all is read without an error', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => void matchKeyword(text, keywords)));
  });

  it('where lists share a word the opt-out wins', () => {
    const index = indexKeywords({ xx: { start: ['GO'] }, yy: { stop: ['go'] } });
    expect(matchKeyword('Go', index)).toEqual({ kind: 'stop', word: 'go', language: 'yy' });
  });
});
