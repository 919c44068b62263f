import { describe, expect, it } from 'vitest';
import { applyRules, lineageOf, rowsOfKind } from '../../domain/rules/applied-rules.ts';
import type { MessageClass } from '../../domain/sending/message.ts';
import { addPeriod } from '../../domain/time/period.ts';
import type { Rule } from '../../domain/rules/rule-pack.ts';
import { rules as shipped } from '../helpers/rules.ts';

const { packs } = shipped;
const NOW = Date.parse('2026-11-22T12:00Z');
const ids = Object.keys(packs.packs);
const all = Object.values(packs.packs);

function rules<K extends Rule['kind']>(id: string, kind: K, messageClass: MessageClass = 'promotional', now = NOW) {
  return rowsOfKind(applyRules(packs, [id], messageClass, now), kind).map(({ rule }) => rule);
}

const accepted = (id: string, messageClass: MessageClass = 'promotional') =>
  rules(id, 'consent', messageClass).map(({ accepts }) => accepts);
const texts = (id: string, messageClass: MessageClass = 'promotional') =>
  rules(id, 'text', messageClass).map(({ text }) => text);

describe('the packs as shipped', () => {
  it('there is one for every place of the reference, every state of the EU and of the US', () => {
    const eu = 'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE'.split(' ');
    for (const id of eu)
      expect(
        lineageOf(packs, id).map((pack) => pack.id),
        id,
      ).toContain('EU');
    expect(eu).toHaveLength(27);
    const others = 'default US CA GB GG JE IM EU SM VA GF GP MQ RE YT KR JP IN AU SG AE SA BR MX CH NZ'.split(' ');
    expect(ids).toEqual(expect.arrayContaining(others));
    const states = ids.filter((id) => id.startsWith('US-'));
    // 50 states, the District of Columbia and 5 territories.
    expect(states).toHaveLength(56);
    for (const id of states) expect(lineageOf(packs, id).map((pack) => pack.id)).toEqual([id, 'US', 'default']);
  });

  it('every place inherits what the default pack says', () => {
    for (const id of ids) expect(lineageOf(packs, id).at(-1)?.id, id).toBe('default');
  });

  it('every pack says that it is no legal advice, and every row has a sentence and a source that was looked at', () => {
    for (const { id, disclaimer, rows } of all) {
      expect(disclaimer, id).toMatch(/^Not legal advice\..* counsel /);
      for (const { id: row, says, sources } of rows) {
        expect(says.length, row).toBeLessThanOrEqual(260);
        expect(
          sources.map(({ seen }) => seen >= '2026-11-21'),
          row,
        ).not.toContain(false);
      }
    }
  });

  it('feedback is bound by the same rows as a promotion, but for the rows that speak of feedback alone', () => {
    for (const id of ids) {
      const feedback = applyRules(packs, [id], 'service_feedback', NOW).rows.map((row) => row.id);
      const promotion = applyRules(packs, [id], 'promotional', NOW).rows.map((row) => row.id);
      const own = all.flatMap(({ rows }) => rows.filter(({ classes }) => classes.join() === 'service_feedback'));
      expect(own.map((row) => row.id)).toEqual(['de.consent.feedback']);
      expect(
        feedback.map((row) => (row === 'de.consent.feedback' ? 'de.consent.promo' : row)),
        id,
      ).toEqual(promotion);
    }
  });

  it('nothing is asked of an answer to STOP, START or HELP', () => {
    for (const id of ids) {
      const { rows } = applyRules(packs, [id], 'compliance', NOW);
      for (const { rule } of rows) expect(['consent', 'text', 'sender', 'retention'], id).toContain(rule.kind);
      expect(accepted(id, 'compliance'), id).toEqual(['none']);
    }
  });

  it('news of an order needs no consent anywhere, a promotion does everywhere', () => {
    for (const id of ids) {
      expect(accepted(id, 'transactional'), id).toEqual(['none']);
      expect(accepted(id), id).not.toContain('none');
    }
  });

  it('a promotion names the brand and says how to refuse, everywhere', () => {
    for (const id of ids)
      expect(
        texts(id).map(({ kind }) => kind),
        id,
      ).toEqual(expect.arrayContaining(['identify', 'opt_out']));
  });

  it('no place keeps a proof for less than two years: the database ends none sooner', () => {
    const kept = ids.flatMap((id) =>
      rules(id, 'retention').flatMap(({ of, keep }) => (of === 'consent_proof' ? [keep] : [])),
    );
    expect(kept.length).toBeGreaterThan(20);
    for (const keep of kept) expect(keep === 'forever' || addPeriod(0, keep) >= addPeriod(0, 'P2Y'), keep).toBe(true);
  });

  it('a row of a kind stands instead of those inherited, and the rest is inherited', () => {
    expect(rules('US-FL', 'hours')).toHaveLength(1);
    expect(rules('US-FL', 'sender')).toEqual(rules('US', 'sender'));
    expect(rules('SM', 'consent')).toEqual(rules('IT', 'consent'));
    // A country with a period for proofs has said nothing about texts.
    expect(rules('FR', 'retention').map(({ of, keep }) => `${of} ${keep}`)).toEqual(
      expect.arrayContaining(['consent_proof P3Y', 'message_text P90D', 'message_log P13M', 'opt_out forever']),
    );
  });
});

describe('consent to promotions', () => {
  const WORDS = ['express_written', 'express'];

  it.each([
    ['US', ['express_written']],
    ['US-NY', ['express_written']],
    ['US-FL', ['express_written']],
    ['CA', [...WORDS, 'implied']],
    ['GB', [...WORDS, 'soft_opt_in']],
    ['EU', WORDS],
    ['PL', WORDS],
    ['IT', WORDS],
    ['FR', [...WORDS, 'soft_opt_in']],
    ['DE', [...WORDS, 'soft_opt_in']],
    ['ES', [...WORDS, 'soft_opt_in']],
    ['KR', [...WORDS, 'soft_opt_in']],
    ['JP', [...WORDS, 'soft_opt_in']],
    ['IN', WORDS],
    ['AU', [...WORDS, 'soft_opt_in', 'implied']],
    ['SG', ['express_written']],
    ['AE', ['express_written']],
    ['SA', WORDS],
    ['BR', WORDS],
    ['MX', WORDS],
    ['no such place', WORDS],
  ])('%s accepts %j', (id, bases) => {
    expect(accepted(id)).toEqual([bases]);
  });

  it('Germany wants it confirmed over the number itself, for feedback as well; Austria does not inherit that', () => {
    expect(rules('DE', 'consent').map(({ doubleOptIn }) => doubleOptIn)).toEqual(['required']);
    expect(rules('DE', 'consent', 'service_feedback').map(({ doubleOptIn }) => doubleOptIn)).toEqual(['required']);
    expect(rules('AT', 'consent').map(({ doubleOptIn }) => doubleOptIn)).toEqual([undefined]);
  });

  it('ends with time in Canada and Korea, and is confirmed again in Korea', () => {
    expect(rules('CA', 'consent_expiry')).toEqual([{ kind: 'consent_expiry', of: 'implied', after: 'P2Y' }]);
    expect(rules('KR', 'consent_expiry')).toEqual([{ kind: 'consent_expiry', of: 'soft_opt_in', after: 'P6M' }]);
    expect(rules('KR', 'reconfirm')).toEqual([{ kind: 'reconfirm', every: 'P2Y' }]);
  });

  it('lists of people who refuse are asked in five countries', () => {
    const listed = ids.flatMap((id) =>
      rules(id, 'list_check').map(({ list, validFor }) => `${id.slice(0, 2)} ${list} ${validFor}`),
    );
    expect([...new Set(listed)].toSorted()).toEqual([
      'ES es_lista_robinson undefined',
      'IN in_preference undefined',
      'MX mx_repep P30D',
      'SG sg_dnc P21D',
      'US us_dnc undefined',
    ]);
  });
});

describe('dates', () => {
  const covers = (at: string) => rules('US-NY', 'revocation', 'promotional', Date.parse(at)).map((rule) => rule.covers);

  it('until 2027-01-30 a refusal in the United States is of one class, from 2027-01-31 it is of all', () => {
    expect(covers('2026-11-22T12:00Z')).toEqual(['class']);
    expect(covers('2027-01-30T09:00Z')).toEqual(['class']);
    expect(covers('2027-01-31T12:00Z')).toContain('all');
    expect(covers('2027-02-01T12:00Z')).toEqual(['all']);
  });

  it('Spanish aliases have to be registered since 2026-09-15', () => {
    const registered = (at: string) =>
      rules('ES', 'sender', 'promotional', Date.parse(at)).map((rule) => rule.registration);
    expect(registered('2026-09-10T00:00Z')).toEqual([]);
    expect(registered('2026-09-16T00:00Z')).toEqual(['CNMC register of aliases']);
  });

  it('Texas kept the federal hours before 2025-09-01', () => {
    const hours = (at: string) =>
      rowsOfKind(applyRules(packs, ['US-TX'], 'promotional', Date.parse(at)), 'hours').map(({ id }) => id);
    expect(hours('2025-08-30T00:00Z')).toEqual(['us.quiet']);
    expect(hours('2025-09-02T00:00Z')).toEqual(['us-tx.hours']);
  });

  it('a refusal in Virginia holds for 10 years since 2026-01-01', () => {
    const held = (at: string) => rules('US-VA', 'opt_out', 'promotional', Date.parse(at)).map((rule) => rule.honourFor);
    expect(held('2025-12-01T00:00Z')).toEqual([undefined]);
    expect(held('2026-01-02T00:00Z')).toEqual(['P10Y']);
  });
});

describe('caps, texts and senders', () => {
  it('three a day about a subject in Florida, Oklahoma and Maryland, seven a week to a person in Brazil', () => {
    for (const id of ['US-FL', 'US-OK', 'US-MD'])
      expect(rules(id, 'cap'), id).toEqual([{ kind: 'cap', max: 3, per: 'PT24H', scope: 'subject' }]);
    expect(rules('BR', 'cap')).toEqual([{ kind: 'cap', max: 7, per: 'P7D', scope: 'contact' }]);
    expect(ids.filter((id) => rules(id, 'cap', 'transactional').length > 0)).toEqual([]);
  });

  it('a Korean promotion has its label first, how to refuse last, and no character outside EUC-KR', () => {
    expect(texts('KR')).toEqual([
      { kind: 'label', exact: '(광고)' },
      { kind: 'identify' },
      { kind: 'contact', words: '문의 {}' },
      {
        kind: 'opt_out',
        by: ['phone', 'link'],
        last: true,
        words: { phone: '무료수신거부 {}', link: '무료수신거부 {}' },
      },
      { kind: 'charset', charset: 'ks_x_1001' },
      { kind: 'prepended', text: '[국제발신]' },
    ]);
    expect(texts('KR', 'transactional').map(({ kind }) => kind)).toEqual(['identify', 'charset', 'prepended']);
    expect(rules('KR', 'sender')).toMatchObject([{ kinds: ['long_number'], twoWay: false }]);
  });

  it('news of an order never mentions STOP in France, and always a way out in Canada', () => {
    expect(texts('FR', 'transactional').map(({ kind }) => kind)).toEqual(['identify', 'no_opt_out']);
    expect(texts('RE', 'transactional')).toEqual(texts('FR', 'transactional'));
    expect(texts('CA', 'transactional').map(({ kind }) => kind)).toEqual(['identify', 'opt_out']);
  });

  it('promotions are labelled in Singapore, and come from AD- in the Emirates and from -AD in Saudi Arabia', () => {
    expect(texts('SG')[0]).toEqual({ kind: 'label', exact: '<ADV>' });
    expect(rules('AE', 'sender')).toMatchObject([{ kinds: ['alphanumeric'], prefix: 'AD-', maxLength: 11 }]);
    expect(rules('AE', 'sender', 'transactional').map((rule) => rule.prefix)).toEqual([undefined]);
    expect(rules('SA', 'sender')).toMatchObject([{ suffix: '-AD' }]);
  });

  it('no name is a sender in the United States and Canada', () => {
    for (const id of ids.filter((one) => one === 'CA' || one === 'US' || one.startsWith('US-')))
      for (const messageClass of ['promotional', 'transactional', 'service_feedback', 'compliance'] as const)
        for (const { kinds } of rules(id, 'sender', messageClass)) expect(kinds, id).not.toContain('alphanumeric');
  });
});
