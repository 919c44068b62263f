import { describe, expect, it } from 'vitest';
import { matchKeyword } from '../../domain/conversation/keywords.ts';
import { rules } from '../helpers/rules.ts';
import { keywordsFile } from '../../rules/schema.ts';
import { FileMistakes, parseYaml } from '../../kit/yaml-file.ts';

function mistakes(text: string): string[] {
  try {
    parseYaml(text, 'k.yaml', keywordsFile);
  } catch (error) {
    if (error instanceof FileMistakes) return error.message.split('\n');
    throw error;
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

describe('a file of keywords', () => {
  it.each([
    ['a list of an unknown kind', 'languages:\n  en:\n    stopp: [STOP]\n', 'k.yaml:3:5 languages.en.stopp'],
    ['a language that is none', 'languages:\n  english:\n    stop: [STOP]\n', 'k.yaml:2:3 languages.english'],
    [
      'a word that answers',
      'languages:\n  en:\n    stop: [STOP, "No."]\n    no: [NO]\n',
      'languages.en.stop.1: No. answers a question',
    ],
    [
      'an answer of another language',
      'languages:\n  en:\n    start: [SI]\n  it:\n    yes: [Sì]\n',
      'languages.en.start.0: SI answers a question',
    ],
    [
      'a courtesy that is a keyword',
      'languages:\n  en:\n    help: [INFO]\ncourtesy:\n  it: [Grazie, info]\n',
      'courtesy.it.1: info is a keyword or a no',
    ],
    [
      'a word of order that does not opt out',
      'languages:\n  en:\n    stop: [STOP]\n    alsoOrder: [CANCEL]\n',
      'CANCEL is no word of stop',
    ],
    ['a word of signs alone', 'languages:\n  en:\n    stop: ["!!"]\n', 'languages.en.stop.0: has no letter or digit'],
    ['an empty list', 'languages:\n  en:\n    stop: []\n', 'languages.en.stop: is empty'],
  ])('with %s is refused', (_, text, complaint) => {
    expect(mistakes(text)).toEqual([expect.stringContaining(complaint)]);
  });
});
