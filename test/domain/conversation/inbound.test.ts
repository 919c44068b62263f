import { describe, expect, it } from 'vitest';
import type { Meaning, Question } from '../../../domain/conversation/inbound.ts';
import { meaningOf } from '../../../domain/conversation/inbound.ts';
import { rules } from '../../helpers/rules.ts';

const { keywords } = rules;
const meaning = (text: string, ...open: Question[]): Meaning => meaningOf(text, { open, usOrCanada: false, keywords });
const inAmerica = (text: string, ...open: Question[]): Meaning => meaningOf(text, { open, usOrCanada: true, keywords });

describe('what a customer writes', () => {
  it.each([
    ['STOP', 'stop'],
    ['start', 'start'],
    ['Help', 'help'],
  ])('%s is a keyword, whatever was asked before', (text, kind) => {
    for (const open of ['rating_request', 'nps_request', 'consent_request', 'consent_renewal'] as const)
      expect(meaning(text, open)).toEqual({ kind });
    expect(meaning(text)).toEqual({ kind });
  });

  it.each(['Arrêt.', 'ＳＴＯＰ', '수신거부', 'BAJA'])('%s opts out from every country', (text) => {
    expect(meaning(text)).toEqual({ kind: 'stop' });
    expect(inAmerica(text)).toEqual({ kind: 'stop' });
  });

  it.each(['🛑', '✋🏽', 'STОP', 'ѕtop please'])('%s is a doubt for an agent, and opts nobody out', (text) => {
    expect(meaning(text)).toEqual({ kind: 'unclear_opt_out' });
    expect(inAmerica(text, 'rating_request')).toEqual({ kind: 'unclear_opt_out' });
  });

  it('CANCEL opts out and may be about the order', () => {
    expect(meaning('CANCEL')).toEqual({ kind: 'stop', alsoOrder: true });
    expect(meaning('cancella')).toEqual({ kind: 'stop', alsoOrder: true });
    expect(meaning('I want to cancel my order')).toEqual({ kind: 'question' });
  });

  it('is a rating while a rating is asked for', () => {
    expect(meaning('5', 'rating_request')).toEqual({ kind: 'rated', score: 5 });
    expect(meaning('2, una tazza era rotta', 'rating_request')).toEqual({ kind: 'rated', score: 2 });
  });

  it('is a score from 0 to 10 while that is asked for', () => {
    expect(meaning('0', 'nps_request')).toEqual({ kind: 'nps_given', score: 0 });
    expect(meaning('10', 'nps_request')).toEqual({ kind: 'nps_given', score: 10 });
  });

  it('is a question for a person when nothing was asked, or the number is none of the scale', () => {
    expect(meaning('5')).toEqual({ kind: 'question' });
    expect(meaning('7', 'rating_request')).toEqual({ kind: 'question' });
    expect(meaning('11', 'nps_request')).toEqual({ kind: 'question' });
    expect(meaning('Dove si trova il pacco?', 'rating_request')).toEqual({ kind: 'question' });
    expect(meaning('', 'rating_request')).toEqual({ kind: 'question' });
    expect(meaning('5', 'consent_request')).toEqual({ kind: 'question' });
  });
});

describe('YES and NO', () => {
  it.each(['consent_request', 'consent_renewal'] as const)('answer an open %s', (open) => {
    expect(meaning('Sì!', open)).toEqual({ kind: 'confirmed' });
    expect(meaning('네', open, 'rating_request')).toEqual({ kind: 'confirmed' });
    expect(meaning('no', open)).toEqual({ kind: 'declined' });
  });

  it('mean nothing without one: YES never opts in, NO never out', () => {
    for (const [text, kind] of [
      ['YES', 'courtesy'],
      ['si', 'courtesy'],
      ['Y', 'question'],
      ['NO', 'question'],
      ['no grazie', 'question'],
    ]) {
      expect(meaning(text ?? '')).toEqual({ kind });
      expect(inAmerica(text ?? '', 'rating_request')).toEqual({ kind });
    }
  });

  it('count as a whole message alone: a yes with a wish to stop is none', () => {
    expect(meaning('yes, stop texting me', 'consent_request')).toEqual({ kind: 'unclear_opt_out' });
    expect(inAmerica('yes, stop texting me', 'consent_request')).toEqual({ kind: 'stop' });
  });
});

describe('while an erasure is planned, NO', () => {
  it.each(['no', 'NO!', 'no please', 'no grazie', '아니요'])('"%s" keeps the data', (text) => {
    expect(meaning(text, 'erasure_planned')).toEqual({ kind: 'keeps_data' });
    expect(inAmerica(text, 'erasure_planned')).toEqual({ kind: 'keeps_data' });
  });

  it('is about the erasure, whatever else is asked: a refused consent can be given again', () => {
    expect(meaning('no', 'consent_request', 'erasure_planned')).toEqual({ kind: 'keeps_data' });
    expect(meaning('yes', 'consent_request', 'erasure_planned')).toEqual({ kind: 'confirmed' });
    expect(meaning('5', 'rating_request', 'erasure_planned')).toEqual({ kind: 'rated', score: 5 });
  });

  it('is the only word that keeps it', () => {
    for (const text of ['yes', 'ok', 'grazie', 'no way, where is it?'])
      expect(meaning(text, 'erasure_planned').kind).not.toBe('keeps_data');
    expect(meaning('STOP', 'erasure_planned')).toEqual({ kind: 'stop' });
  });
});

describe('a wish to stop', () => {
  it.each([
    'please stop',
    'basta grazie',
    'STOP per favore, thank you',
    'Arrêt svp, merci!',
    'hola, baja por favor',
    'STOP 부탁드립니다',
  ])('"%s" is a keyword among words of politeness, in whatever languages, and opts out from every country', (text) => {
    expect(inAmerica(text)).toEqual({ kind: 'stop' });
    expect(meaning(text)).toEqual({ kind: 'stop' });
  });

  it('in polite words that may be about the order is told apart', () => {
    expect(meaning('cancel please, thanks')).toEqual({ kind: 'stop', alsoOrder: true });
  });

  it.each([
    'Stop texting me',
    'Non scrivetemi più, please. Thanks',
    'Hola! stop texting me gracias',
    'remove me',
    'no more texts',
    "don't text me",
    'How do I stop this',
    'basta messaggi',
  ])('"%s" opts out at once from a number of the US or Canada; elsewhere an agent looks at it', (text) => {
    expect(inAmerica(text)).toEqual({ kind: 'stop' });
    expect(meaning(text)).toEqual({ kind: 'unclear_opt_out' });
  });

  it.each([
    'How do I stop it leaking?',
    'can you stop the order?',
    'Does it stop automatically?',
    'Can I stop by the shop?',
    'I stopped at the bus stop',
    'non-stop service!',
  ])('is not in "%s": a question, and from the US or Canada promotions are held until it is read', (text) => {
    expect(meaning(text)).toEqual({ kind: 'question' });
    expect(inAmerica(text)).toEqual({ kind: 'question', holdsPromotions: true });
  });

  it('"stopped" is another word', () => {
    expect(inAmerica('It stopped working')).toEqual({ kind: 'question' });
  });

  it('goes before a score beside it, a harmless word does not', () => {
    expect(inAmerica('1, stop texting me', 'rating_request')).toEqual({ kind: 'stop' });
    expect(meaning('1, stop texting me', 'rating_request')).toEqual({ kind: 'unclear_opt_out' });
    expect(inAmerica('2, I will stop by again', 'rating_request')).toEqual({ kind: 'rated', score: 2 });
  });

  it('that is unclear goes to an agent from everywhere', () => {
    for (const read of [meaning, inAmerica]) expect(read('wrong number')).toEqual({ kind: 'unclear_opt_out' });
  });
});

describe('courtesy', () => {
  it.each([
    'Grazie mille!',
    'ok',
    'thanks',
    '👍',
    '네',
    'perfetto, grazie',
    'merci beaucoup',
    'super danke',
    '고맙습니다',
  ])('"%s" is no question, whatever score was asked for', (text) => {
    for (const open of [[], ['rating_request'], ['nps_request'], ['erasure_planned']] as const) {
      expect(meaning(text, ...open)).toEqual({ kind: 'courtesy' });
      expect(inAmerica(text, ...open)).toEqual({ kind: 'courtesy' });
    }
  });

  it('beside a question, a complaint, a wish to stop or a score is none', () => {
    expect(meaning('thanks but where is my parcel?')).toEqual({ kind: 'question' });
    expect(meaning('Grazie, però è rotto')).toEqual({ kind: 'question' });
    expect(meaning('basta grazie')).toEqual({ kind: 'stop' });
    expect(inAmerica('ok stop')).toEqual({ kind: 'stop' });
    expect(meaning('5, grazie', 'rating_request')).toEqual({ kind: 'rated', score: 5 });
  });

  it('is left to a person while a yes to being written to is waited for', () => {
    for (const open of ['consent_request', 'consent_renewal'] as const) {
      expect(meaning('ok', open)).toEqual({ kind: 'question' });
      expect(meaning('네', open)).toEqual({ kind: 'confirmed' });
    }
  });
});
