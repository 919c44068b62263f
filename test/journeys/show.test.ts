import { describe, expect, it } from 'vitest';
import { loadStandardJourney, parseJourney } from '../../journeys/load.ts';
import { journeyDiagram, journeyTable } from '../../journeys/show.ts';

const journey = parseJourney(
  `name: small
version: 2
steps:
  - send: order_confirmation
    when: placed
  - send: replenishment
    when: run_out
    after: -5d
    for: { fulfilment: [shipped, pickup], consumable: true, guide: false }
    unless: [reordered]
    hold_while: [open_case]
  - open_case: low_rating
    id: agent
    when: rated_low
  - send: review_invitation
    when: rated_low
    after: 7d
    or_when: case_closed
  - send: shipped
    when: shipped
    channels: [rcs, sms]
`,
  'small.yaml',
);

describe('a journey for people', () => {
  it('is a table with a line per step, in columns', () => {
    expect(journeyTable(journey).replaceAll(/ {2,}/g, ' | ').split('\n')).toEqual([
      'small, version 2',
      '',
      'step | does | class | when | for | unless | held while',
      expect.stringMatching(/^-+( \| -+){6}$/),
      'order_confirmation | order_confirmation | transactional | placed',
      'replenishment | replenishment | promotional | run_out -5d | shipped/pickup, no guide, consumable | reordered | open_case',
      'agent | opens a low_rating case | rated_low',
      'review_invitation | review_invitation | promotional | rated_low +7d or case_closed',
      'shipped | shipped by rcs, after 10m sms | transactional | shipped',
    ]);
    const rows = journeyTable(journey).split('\n').slice(2);
    const column = rows[0]?.indexOf('when') ?? -1;
    expect(rows.slice(2).map((row) => row.slice(column).split(' ')[0])).toEqual([
      'placed',
      'run_out',
      'rated_low',
      'rated_low',
      'shipped',
    ]);
  });

  it('is a picture from triggers to steps, promotions dashed, steps that a case holds with round corners', () => {
    expect(journeyDiagram(journey).split('\n')).toEqual([
      'flowchart LR',
      '  placed([placed])',
      '  run_out([run out])',
      '  rated_low([rated low])',
      '  shipped([shipped])',
      '  placed --> step_order_confirmation["order confirmation"]',
      '  run_out -- "-5d" --> step_replenishment("replenishment<br/><small>shipped/pickup, no guide, consumable</small>")',
      '  rated_low --> step_agent["agent"]',
      '  rated_low -- "7d, or case closed" --> step_review_invitation["review invitation"]',
      '  shipped --> step_shipped["shipped by rcs, after 10m sms"]',
      '  classDef promotional stroke-dasharray: 4 3',
      '  class step_replenishment,step_review_invitation promotional',
    ]);
  });

  it('shows every step of the standard journey in both', () => {
    const standard = loadStandardJourney();
    for (const { id } of standard.steps) {
      expect(journeyTable(standard)).toMatch(new RegExp(`^${id} `, 'm'));
      expect(journeyDiagram(standard)).toMatch(new RegExp(` step_${id}[[(]"`));
    }
  });

  it('without a promotion has none dashed', () => {
    const steps = journey.steps.slice(0, 1);
    expect(journeyDiagram({ ...journey, steps })).not.toContain('class step');
  });
});
