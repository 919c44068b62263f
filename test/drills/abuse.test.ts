import { describe, expect, it } from 'vitest';
import { leakedBytes, overLimits, waitsOf } from './abuse/judge.ts';
import { runDrillProgram } from '../helpers/drill.ts';

const PROGRAM_LIMIT = 900_000;
/** The floods are not among its parts: how fast a flood goes out is a question to a machine that does nothing else. */
const SMALL = ['--small'];
const PARTS = ['--parts', 'leaks,limits,poison'];

describe('the judge', () => {
  const [anna, bruno] = [
    { name: 'anna', phone: '+391', secrets: ['#A-1'] },
    { name: 'bruno', phone: '+392', secrets: ['#B-1', 'TRACK'] },
  ];
  const text = (to: string, words: string, acceptedAt = 0) => ({ to, text: words, acceptedAt });

  it("counts the bytes of others' words, and none of a person's own", () => {
    const by = (person: typeof anna, content: string) => ({ by: person, what: 'text', content });
    expect(leakedBytes([anna, bruno], [by(anna, 'order #A-1'), by(bruno, '#B-1 TRACK')])).toBe(0);
    expect(leakedBytes([anna, bruno], [by(anna, '#B-1 and #B-1 TRACK')])).toBe(4 + 4 + 5);
  });

  it('counts what a number got beyond its limit', () => {
    const limit = { what: 'HELP', to: '+391', isCounted: (words: string) => words === 'help', most: 1 };
    expect(overLimits([limit], [text('+391', 'help'), text('+391', 'news'), text('+392', 'help')]).get('HELP')).toBe(0);
    expect(overLimits([limit], [text('+391', 'help'), text('+391', 'help')]).get('HELP')).toBe(1);
  });

  it('takes the first text of a number, and says where none came', () => {
    const texts = [text('+391', 'a', 150), text('+391', 'b', 900)];
    const awaited = [
      { phone: '+391', at: 100 },
      { phone: '+392', at: 100 },
    ];
    expect(waitsOf(awaited, texts)).toEqual([50, undefined]);
  });
});

it('the small drill is green', { timeout: PROGRAM_LIMIT }, async () => {
  const { code, output, figures } = await runDrillProgram('abuse', ...SMALL, ...PARTS);
  expect([code, figures], output).toEqual([0, { leaks: 0, overLimit: 0, stalled: 0, lost: 0, fairP99Ms: 0 }]);
});

it('the drill is red when bugs are planted, and finds each of them', { timeout: PROGRAM_LIMIT }, async () => {
  const { code, output, figures } = await runDrillProgram(
    'abuse',
    ...SMALL,
    ...PARTS,
    '--bug',
    'joined,no_limits,settled_anyway',
  );
  expect(code, output).toBe(1);
  for (const figure of ['leaks', 'overLimit', 'lost']) expect(figures[figure], output).toBeGreaterThan(0);
});
