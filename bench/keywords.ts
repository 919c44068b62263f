/**
 * `npm run bench:keywords`: how well the service tells opt-outs from other texts, by language, on the labelled texts
 * of `bench/replies`. The last line is JSON. `-- --errors` prints the texts that were misread, but only those that
 * the word lists were tuned on.
 */
import { loadRules } from '../rules/load.ts';
import type { LabelledText, Share } from './replies/measure.ts';
import { figuresOf, read, readOptOuts, readScores, scoreErrors, shareOf } from './replies/measure.ts';

const { keywords } = loadRules();
const texts = readOptOuts();
const byLanguage = Map.groupBy(texts, ({ language }) => language);
const figures = [...byLanguage].map(([language, own]) => ({ language, ...figuresOf(own, keywords) }));

console.log('language  opt-outs  missed  of them apart  missed  held of all  other texts  held of them  false stops');
for (const { language, missed, missedApart, heldOptOuts, heldOthers, falseStops } of figures) {
  const cells = [
    language.padEnd(8),
    String(missed.of).padStart(9),
    percent(missed).padStart(7),
    String(missedApart.of).padStart(14),
    percent(missedApart).padStart(7),
    percent(heldOptOuts).padStart(12),
    String(heldOthers.of).padStart(12),
    percent(heldOthers).padStart(13),
    String(falseStops.length).padStart(12),
  ];
  console.log(cells.join(' '));
}

const scores = readScores();
const real = scores.filter(({ score }) => score !== undefined).length;
const { unread, wrong } = scoreErrors(scores, keywords);
console.log(
  `answers to a request for a score: ${scores.length}, ${real} of them scores; unread ${unread.length}, read wrong ${wrong.length}`,
);

if (process.argv.includes('--errors')) {
  for (const text of texts) report(text);
  for (const text of unread) console.log(`score unread: ${text}`);
  for (const text of wrong) console.log(`score read wrong: ${text}`);
}
console.log(
  JSON.stringify({
    missed: Object.fromEntries(figures.map(({ language, missed }) => [language, Number(shareOf(missed).toFixed(3))])),
    falseStops: figures.reduce((sum, { falseStops }) => sum + falseStops.length, 0),
    texts: texts.length,
  }),
);

function percent(share: Share): string {
  return `${(shareOf(share) * 100).toFixed(1)}%`;
}

function report({ text, language, usOrCanada, label, apart }: LabelledText): void {
  const reading = read(text, usOrCanada, keywords);
  const wish = label === 'stop' || label === 'hold';
  const wrong = wish ? reading === 'other' : reading !== 'other' || read(text, true, keywords) === 'stop';
  if (wrong && !apart) console.log(`${language} ${label} read as ${reading}: ${text}`);
}
