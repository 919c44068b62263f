/** A journey for people: as a table, and as a mermaid picture for the docs. */
import type { JourneyDefinition, StepCondition } from '../domain/journey/journey.ts';
import { eachWord } from '../domain/journey/words.ts';
import { kindRule } from '../domain/sending/message.ts';

type Step = JourneyDefinition['steps'][number];

const COLUMNS = ['does', 'when', 'unless', 'held while'] as const;

/** One line per step, columns aligned for a terminal. */
export function journeyTable(journey: JourneyDefinition): string {
  const head = ['step', 'does', 'class', 'when', 'for', 'unless', 'held while'];
  const rows = journey.steps.map((step) => {
    const [does, when, unless, held] = COLUMNS.map((column) => wordsIn(column, step));
    return [
      step.id,
      'send' in step.act ? `${step.act.send}${does ?? ''}` : `opens a ${step.act.open} case`,
      'send' in step.act ? kindRule(step.act.send).class : '',
      `${step.when}${when ?? ''}`,
      conditionText(step.for),
      unless ?? '',
      held ?? '',
    ];
  });
  const widths = head.map((title, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]?.length ?? title.length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [
    `${journey.name}, version ${journey.version}`,
    '',
    line(head),
    line(widths.map((width) => '-'.repeat(width))),
    ...rows.map(line),
  ].join('\n');
}

/** A mermaid flowchart: from each trigger to the steps it starts, promotional ones dashed, those that can be held with round corners. */
export function journeyDiagram(journey: JourneyDefinition): string {
  const triggers = [...new Set(journey.steps.map(({ when }) => when))];
  return [
    'flowchart LR',
    ...triggers.map((trigger) => `  ${trigger}([${words(trigger)}])`),
    ...journey.steps.map((step) => `  ${step.when} ${arrow(step)} ${nodeId(step)}${box(step)}`),
    '  classDef promotional stroke-dasharray: 4 3',
    ...promotional(journey),
  ].join('\n');
}

function box(step: Step): string {
  const text = `"${words(step.id)}${wordsIn('does', step)}${step.for ? `<br/><small>${conditionText(step.for)}</small>` : ''}"`;
  return step.holdWhile ? `(${text})` : `[${text}]`;
}

function promotional({ steps }: JourneyDefinition): string[] {
  const ids = steps.filter(({ act }) => 'send' in act && kindRule(act.send).class === 'promotional').map(nodeId);
  return ids.length > 0 ? [`  class ${ids.join(',')} promotional`] : [];
}

/** Step and trigger names overlap, so a step's node has a prefix. */
function nodeId({ id }: Pick<Step, 'id'>): string {
  return `step_${id}`;
}

function arrow(step: Step): string {
  const labels = eachWord(step, (word, value) => word.label?.(value)).filter((label) => label !== undefined);
  return labels.length === 0 ? '-->' : `-- "${labels.join(', ')}" -->`;
}

/** The words of a step that stand in a column of the table. */
function wordsIn(column: (typeof COLUMNS)[number], step: Step): string {
  return eachWord(step, ({ shown }, value) => (shown?.[0] === column ? shown[1](value, step) : '')).join('');
}

function conditionText(condition: StepCondition = {}): string {
  return Object.entries(condition)
    .map(([trait, value]) => (Array.isArray(value) ? value.join('/') : value === true ? trait : `no ${trait}`))
    .join(', ');
}

function words(name: string): string {
  return name.replaceAll('_', ' ');
}
