import { describe, expect, it } from 'vitest';
import { loadJourney, parseJourney } from '../../journeys/load.ts';
import { FileMistakes } from '../../kit/yaml-file.ts';

const HEAD = 'name: test\nversion: 1\nsteps:\n';

function mistakes(text: string): string[] {
  try {
    parseJourney(text, 'j.yaml');
  } catch (error) {
    if (error instanceof FileMistakes) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('a journey file', () => {
  it('is read as it stands', () => {
    const text = `${HEAD}  - send: shipped
    when: shipped
    for: { fulfilment: [shipped], guide: true }
    unless: [on_its_way]
  - open_case: low_rating
    id: case
    when: rated_low
  - send: review_invitation
    when: rated_low
    after: 7d
    or_when: case_closed
  - send: delivered
    when: delivered
    channels: [rcs, sms]
    failover_after: 2h
  - send: order_confirmation
    when: placed
    channels: [sms, rcs]
`;
    expect(parseJourney(text, 'j.yaml')).toEqual({
      name: 'test',
      version: 1,
      steps: [
        {
          id: 'shipped',
          act: { send: 'shipped' },
          when: 'shipped',
          for: { fulfilment: ['shipped'], guide: true },
          unless: ['on_its_way'],
        },
        { id: 'case', act: { open: 'low_rating' }, when: 'rated_low' },
        {
          id: 'review_invitation',
          act: { send: 'review_invitation' },
          when: 'rated_low',
          after: '7d',
          orWhen: 'case_closed',
        },
        {
          id: 'delivered',
          act: { send: 'delivered' },
          when: 'delivered',
          channels: ['rcs', 'sms'],
          failoverAfter: '2h',
        },
        {
          id: 'order_confirmation',
          act: { send: 'order_confirmation' },
          when: 'placed',
          channels: ['sms', 'rcs'],
          failoverAfter: '10m',
        },
      ],
    });
  });

  it.each<[string, string, string]>([
    [
      'an unknown key',
      '  - send: shipped\n    when: shipped\n    channel: sms\n',
      'j.yaml:6:5 steps.0.channel: unknown key',
    ],
    ['an unknown trigger', '  - send: shipped\n    when: posted\n', 'j.yaml:5:5 steps.0.when: Invalid option'],
    ['a missing trigger', '  - send: shipped\n', 'j.yaml:4:5 steps.0.when: is missing: expected one of'],
    [
      'an unknown shortcut',
      '  - send: shipped\n    when: placed\n    or_when: never\n',
      'j.yaml:6:5 steps.0.or_when: Invalid option',
    ],
    [
      'an unknown kind of message',
      '  - when: shipped\n    send: newsflash\n',
      'j.yaml:5:5 steps.0.send: Invalid option',
    ],
    ['a compliance message', '  - send: help\n    when: placed\n', 'j.yaml:4:5 steps.0.send: Invalid option'],
    [
      'an unknown kind of case',
      '  - open_case: fire\n    when: placed\n',
      'j.yaml:4:5 steps.0.open_case: Invalid option',
    ],
    [
      'an unknown guard',
      '  - send: shipped\n    when: shipped\n    unless: [delivered, asleep]\n',
      'j.yaml:6:25 steps.0.unless.1: Invalid option',
    ],
    [
      'an empty list of guards',
      '  - send: shipped\n    when: shipped\n    unless: []\n',
      'j.yaml:6:5 steps.0.unless: ',
    ],
    [
      'a bad duration',
      '  - send: shipped\n    when: shipped\n    after: 5 days\n',
      'j.yaml:6:5 steps.0.after: not a duration such as 10m, 2h or 5d',
    ],
    [
      'a duration without a unit',
      '  - send: shipped\n    when: shipped\n    after: 5\n',
      'j.yaml:6:5 steps.0.after: Invalid input',
    ],
    [
      'a delay before an event that cannot be foreseen',
      '  - send: shipped\n    when: shipped\n    after: -5d\n',
      'j.yaml:6:5 steps.0.after: only promise_passed, run_out and never_arrived are known beforehand',
    ],
    [
      'an unknown trait',
      '  - send: shipped\n    when: shipped\n    for: { colour: red }\n',
      'j.yaml:6:12 steps.0.for.colour: unknown key',
    ],
    [
      'a wrong trait',
      '  - send: shipped\n    when: shipped\n    for: { cycle: [slow] }\n',
      'j.yaml:6:20 steps.0.for.cycle.0: Invalid option',
    ],
    [
      'a bad id',
      '  - send: shipped\n    id: Shipped#1\n    when: shipped\n',
      'j.yaml:5:5 steps.0.id: lower-case letters, digits and underscores',
    ],
    [
      'a time until the next channel where there is none',
      '  - send: shipped\n    when: shipped\n    channels: [rcs]\n    failover_after: 1h\n',
      'j.yaml:7:5 steps.0.failover_after: nothing to turn to: the step names no second channel',
    ],
    [
      'a channel twice',
      '  - send: shipped\n    when: shipped\n    channels: [rcs, rcs]\n',
      'j.yaml:6:5 steps.0.channels: every channel once',
    ],
    [
      'an unknown channel',
      '  - send: shipped\n    when: shipped\n    channels: [rcs, pigeon]\n',
      'j.yaml:6:21 steps.0.channels.1: Invalid option',
    ],
    [
      'channels for a case',
      '  - open_case: question\n    when: shipped\n    channels: [rcs, sms]\n',
      'j.yaml:6:5 steps.0.channels: only a message has channels',
    ],
    [
      'a wait for a channel that is not named',
      '  - send: shipped\n    when: shipped\n    failover_after: 10m\n',
      'j.yaml:6:5 steps.0.failover_after: nothing to turn to: the step names no second channel',
    ],
    ...['0', '0m', '-5m'].map((after): [string, string, string] => [
      `${after} before the next channel`,
      `  - send: shipped\n    when: shipped\n    channels: [rcs, sms]\n    failover_after: '${after}'\n`,
      'j.yaml:7:5 steps.0.failover_after: a duration of more than nothing',
    ]),
    [
      'no duration before the next channel',
      '  - send: shipped\n    when: shipped\n    channels: [rcs, sms]\n    failover_after: soon\n',
      'j.yaml:7:5 steps.0.failover_after: not a duration such as 10m, 2h or 5d',
    ],
    [
      'a second channel that would come too late',
      '  - send: shipped\n    when: shipped\n    channels: [rcs, sms]\n    failover_after: 2d\n',
      'j.yaml:7:5 steps.0.failover_after: shipped is of no use any more by then',
    ],
    [
      'both acts',
      '  - send: shipped\n    open_case: question\n    when: shipped\n',
      'j.yaml:4:5 steps.0: a step has either send or open_case',
    ],
    ['no act', '  - id: idle\n    when: shipped\n', 'j.yaml:4:5 steps.0: a step has either send or open_case'],
    [
      'the same id twice',
      '  - send: shipped\n    when: shipped\n  - send: shipped\n    when: delivered\n',
      'j.yaml:6:5 steps.1: a second step named shipped: give it an id of its own',
    ],
    [
      'a given id twice',
      '  - send: shipped\n    when: shipped\n  - send: delivered\n    id: shipped\n    when: delivered\n',
      'j.yaml:6:5 steps.1: a second step named shipped: give it an id of its own',
    ],
    [
      'a case that is held',
      '  - open_case: question\n    when: shipped\n    hold_while: [open_case]\n',
      'j.yaml:6:5 steps.0.hold_while: only a message is held',
    ],
    [
      'a hold that ends the step at once',
      '  - send: care_tips\n    when: shipped\n    unless: [open_case]\n    hold_while: [open_case]\n',
      'j.yaml:7:5 steps.0.hold_while: open_case stands under unless',
    ],
    [
      'a hold that is none',
      '  - send: care_tips\n    when: shipped\n    hold_while: [night]\n',
      'j.yaml:6:18 steps.0.hold_while.0: Invalid input',
    ],
    ['a step that is none', '  - shipped\n', 'j.yaml:4:5 steps.0: Invalid input'],
    ['broken YAML', '  - send: [shipped\n    when: placed\n', 'j.yaml:5:5 '],
    ['a key twice', '  - send: shipped\n    when: shipped\n    when: placed\n', 'j.yaml:6:5 '],
  ])('with %s is refused at that place', (what, steps, mistake) => {
    const found = mistakes(HEAD + steps);
    expect(found[0]?.slice(0, mistake.length)).toBe(mistake);
    if (what !== 'broken YAML') expect(found).toHaveLength(1);
  });

  it('may step ahead of what is foreseen', () => {
    for (const when of ['run_out', 'promise_passed'])
      expect(mistakes(`${HEAD}  - send: replenishment\n    when: ${when}\n    after: -5d\n`)).toEqual([]);
  });

  it.each([
    ['', 'j.yaml:1:1 Invalid input'],
    ['steps: []\nname: test\nversion: 1\n', 'j.yaml:1:1 steps: '],
    [
      'name: Test it\nversion: 1\nsteps:\n  - { send: shipped, when: shipped }\n',
      'j.yaml:1:1 name: lower-case letters, digits and dashes',
    ],
    ['name: test\nversion: 1.5\nsteps:\n  - { send: shipped, when: shipped }\n', 'j.yaml:2:1 version: '],
    ['name: test\nversion: 0\nsteps:\n  - { send: shipped, when: shipped }\n', 'j.yaml:2:1 version: '],
  ])('%j is refused', (text, mistake) => {
    expect(mistakes(text)).toEqual([expect.stringContaining(mistake)]);
  });

  it('tells all its mistakes at once, from top to bottom', () => {
    const text = `${HEAD}  - send: shipped
    when: posted
    after: -5d
  - when: placed
  - send: delivered
    open_case: question
    when: delivered
    unless: [asleep]
  - send: delivered
    when: delivered
colour: red
`;
    expect(mistakes(text).map((line) => line.split(' ')[0])).toEqual([
      'j.yaml:5:5',
      'j.yaml:6:5',
      'j.yaml:7:5',
      'j.yaml:8:5',
      'j.yaml:11:14',
      'j.yaml:12:5',
      'j.yaml:14:1',
    ]);
  });

  it('that is not there is the error of the file system', () => {
    expect(() => loadJourney('/no/such/journey.yaml')).toThrow(/ENOENT/);
  });
});
