import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  indexKeywords,
  matchAnswer,
  matchKeyword,
  politeKeyword,
  wishIn,
} from '../../../domain/conversation/keywords.ts';
import { normalise } from '../../../domain/conversation/plain-text.ts';
import { rules } from '../../helpers/rules.ts';
import { casesOf } from '../../helpers/whole.ts';

const { keywords } = rules;
const kindOf = (text: string) => matchKeyword(text, keywords)?.kind;
const anyWord = fc.constantFrom(...keywords.words.values());
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
    'STOP STOP STOP',
    'ABBESTELLEN',
    'wypisz',
    'afmelden',
    'Avsluta',
    'sair',
    '配信停止',
    '退订',
    'إِيقاف',
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
    ['DÉBUT', 'start', 'fr'],
    ['alta', 'start', 'es'],
    ['ヘルプ', 'help', 'ja'],
  ])('%s is %s in %s', (text, kind, language) => {
    expect(matchKeyword(text, keywords)).toMatchObject({ kind, language });
  });

  it('CANCEL opts out, because the FCC says so, and is told apart by its word', () => {
    expect(matchKeyword('cancel', keywords)).toEqual({
      kind: 'stop',
      word: 'CANCEL',
      language: 'en',
      alsoOrder: true,
    });
    for (const text of ['Cancella!', 'cancelar'])
      expect(matchKeyword(text, keywords)).toMatchObject({ alsoOrder: true });
    for (const text of ['cancellami', 'stop']) expect(matchKeyword(text, keywords)).not.toHaveProperty('alsoOrder');
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

describe('a STOP that a machine sees and a person reads', () => {
  it.each([
    '🛑',
    '✋',
    '🚫',
    '⛔',
    '✋🏽',
    '🚫🚫🚫',
    '🛑 ✋',
    ' 🛑! ',
    'ѕtop',
    'STОP',
    'SТОР',
    'ЅТОР',
    'STΟP',
    'STΟP STΟP',
    'Unѕubscribe',
    'STОP please',
  ])('as "%s" may be a wish to stop, and is no keyword', (text) => {
    expect(matchKeyword(text, keywords)).toBeUndefined();
    expect(wishIn(text, keywords)).toBe('unclear');
  });

  it.each([
    '👍',
    '🙏',
    '🛑 5',
    '✋ dove siete?',
    'сто',
    'это',
    'спасибо',
    'Привет, где мой заказ?',
    'ευχαριστώ',
    'τα ρέστα',
    'STAРT',
    'НELP',
    '',
    '!',
    '🏽',
  ])('is not seen in "%s"', (text) => {
    expect(wishIn(text, keywords)).toBeUndefined();
  });
});

describe('an answer', () => {
  it.each([
    ['Yes!', 'yes'],
    ['sì', 'yes'],
    ['네', 'yes'],
    ['예.', 'yes'],
    ['ja', 'yes'],
    ['OUI', 'yes'],
    ['NO', 'no'],
    ['아니요', 'no'],
    ['Nein', 'no'],
  ])('%s is %s, and no keyword', (text, answer) => {
    expect(matchAnswer(text, keywords)).toBe(answer);
    expect(matchKeyword(text, keywords)).toBeUndefined();
  });

  it('is the whole message', () => {
    expect(matchAnswer('yes but not today', keywords)).toBeUndefined();
    expect(matchAnswer('', keywords)).toBeUndefined();
  });
});

describe('a wish to stop', () => {
  it.each(['please stop', 'STOP, please!', 'basta grazie', 'Bitte abmelden', 'arrêt svp', '수신거부 부탁드립니다'])(
    '"%s" is a word of it among words of politeness',
    (text) => {
      expect(politeKeyword(text, keywords)).toMatchObject({ kind: 'stop' });
    },
  );

  it.each([
    'Stop texting me',
    'can you stop',
    "don't text me",
    'DONT TEXT ME',
    'please remove me from your list',
    'no more texts ok?',
    'stop at once',
    'Unsubscribe me',
    'basta messaggi',
    'Non voglio più ricevere niente',
    'je ne veux plus recevoir vos messages, ne m’écrivez plus',
    'quiero darme de baja',
    'Bitte keine SMS mehr',
    '문자 그만 보내세요',
    'もう送らないでください',
    'I was at the bus stop. Now stop texting me',
  ])('"%s" is one', (text) => {
    expect(wishIn(text, keywords)).toBe('refusal');
  });

  it.each(['Can I stop by the shop?', 'Please stop by', 'the bus stop', 'non-stop', "I can't stop using it"])(
    '"%s" is none, though it has the word',
    (text) => {
      expect(wishIn(text, keywords)).toBe('harmless');
    },
  );

  it.each([
    'it stopped working',
    'unstoppable',
    'Where is my parcel?',
    'fermata Cadorna',
    '',
    '5',
    'cancel my order',
    'la macchina non si ferma',
    'la máquina no para',
    '그만큼 크나요',
  ])('"%s" has nothing of it', (text) => {
    expect(wishIn(text, keywords)).toBeUndefined();
  });

  it.each(['You have the wrong number', 'Press stop and then the blue lever', 'unsubscribe link is broken?'])(
    'is unclear in "%s", which only suggests one',
    (text) => {
      expect(wishIn(text, keywords)).toBe('unclear');
    },
  );

  it('of a STOP alone is unclear beside an order: "Stop! Wrong address"', () => {
    expect(wishIn('Stop! I gave you the wrong address', keywords)).toBe('unclear');
    expect(wishIn('Stop! I do not know you', keywords)).toBe('refusal');
  });

  it('is looked for sentence by sentence, and a comma ends what a phrase may pass over', () => {
    expect(wishIn('It works. Stop. Thanks!', keywords)).toBe('refusal');
    expect(wishIn('thanks, stop', keywords)).toBe('refusal');
    expect(wishIn('The word "stop" is on the button', keywords)).not.toBe('refusal');
  });
});

describe('normalising', () => {
  it('never throws, and twice is once', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ unit: 'grapheme', maxLength: 80 }),
      fc.string({ unit: fc.constantFrom('İ', 'Σ', 'ß', "'", '’', 'ﬁ', 'ﾞ', 'か', '\u0345', '\u200D', 'a', ' ') }),
    );
    fc.assert(
      fc.property(text, (raw) => {
        const once = normalise(raw);
        expect(normalise(once)).toBe(once);
        expect(once).not.toMatch(/^\s|\s$|\s{2}|\p{P}/u);
      }),
      casesOf(2_000),
    );
  });

  it.each([
    ['«ＳＴＯＰ!!» 🛑', 'stop'],
    ['Arrêt.', 'arret'],
    ['opt-out', 'opt out'],
    ["Don't", 'dont'],
    ['  수신거부  ', '수신거부'],
    ['stoppppp', 'stop'],
    ['Pleeeease', 'please'],
  ])('makes of %s: %s', (raw, plain) => {
    expect(normalise(raw)).toBe(plain);
  });
});
