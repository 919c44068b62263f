import { describe, expect, it } from 'vitest';
import { matchKeyword } from '../../domain/conversation/keywords.ts';
import { rules } from '../helpers/rules.ts';
import { indexWords } from '../../rules/words.ts';

function mistakes(files: Readonly<Record<string, string>>): string[] {
  try {
    indexWords(Object.entries(files).map(([code, text]) => [`${code}.yaml`, text]));
  } catch (error) {
    return (error as Error).message.split('\n');
  }
  return [];
}

describe('the keywords of the service', () => {
  const { keywords } = rules;

  // The opt-out words of vendors and the FCC, and the local ones beside them: compliance reference, section 8.2.
  it.each([
    'STOP STOPALL UNSUBSCRIBE CANCEL END QUIT REVOKE OPTOUT REMOVE UNSUB',
    'ARRET ARRETE DESABONNER DESINSCRIRE',
    'BAJA ALTO CANCELAR PARAR',
    'SAIR PARE PARAR CANCELAR DESCADASTRAR',
    'FERMA CANCELLA CANCELLAMI DISISCRIVI BASTA',
    'STOPP ABMELDEN ABBESTELLEN ENDE',
    'UIT STOPPEN AFMELDEN AVSLUTA WYPISZ REZYGNUJE',
    '수신거부 거부 중단',
    '配信停止 停止 解除',
    'TD 退订 إيقاف',
  ])('have every word of %s', (words) => {
    for (const word of words.split(' ')) expect(matchKeyword(word, keywords)).toMatchObject({ kind: 'stop' });
    for (const word of ['STOP ALL', 'OPT OUT', 'NO MAS']) expect(matchKeyword(word, keywords)?.kind).toBe('stop');
  });

  it('never have a word that answers a question', () => {
    for (const word of ['NO', 'YES', 'si', '5', '네']) expect(matchKeyword(word, keywords)).toBeUndefined();
  });
});

describe('the files of words', () => {
  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['a list of an unknown kind', { en: 'stopp: [STOP]\n' }, 'rules/words/en.yaml:1:1 stopp: unknown key'],
    ['a language that is none', { english: 'stop: [STOP]\n' }, 'the file is not called by a language code'],
    ['a word that answers', { en: 'stop: [STOP, "No."]\nno: [NO]\n' }, 'stop.1: No. answers a question'],
    [
      'an answer of another language',
      { en: 'start: [SI]\n', it: 'yes: [Sì]\n' },
      'rules/words/en.yaml:1:9 start.0: SI answers a question',
    ],
    [
      'a courtesy that is a keyword of another language',
      { en: 'help: [INFO]\n', it: 'courtesy: [Grazie, info]\n' },
      'rules/words/it.yaml:1:20 courtesy.1: info is a keyword or a no',
    ],
    [
      'a word of order that does not opt out',
      { en: 'stop: [STOP]\nalsoOrder: [CANCEL]\n' },
      'CANCEL is no word of stop',
    ],
    ['a word of signs alone', { en: 'stop: ["!!"]\n' }, 'stop.0: has no letter or digit'],
    ['an empty list', { en: 'stop: []\n' }, 'stop: is empty'],
  ])('with %s are refused', (_, files, complaint) => {
    expect(mistakes(files)).toEqual([expect.stringContaining(complaint)]);
  });

  it('are refused with the mistakes of all files at once', () => {
    expect(mistakes({ en: 'stop: []\n', it: 'stopp: [FERMA]\n' })).toHaveLength(2);
  });
});
