import { readFileSync, readdirSync } from 'node:fs';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { WorkflowHistory } from '../../dev/histories.ts';
import { billableActions, carriedBytes } from '../../dev/histories.ts';
import { quietTemporal } from '../../dev/installation.ts';
import { bundleWorkflows } from '../../app/runtime/workflow-bundle.ts';
import * as workflows from '../../workflows/index.ts';
import { FAILOVER_SHAPES, SHAPES } from './shapes.ts';
import type { WorkflowBundle } from '../../app/runtime/workflow-bundle.ts';

const FOLDER = new URL('./', import.meta.url);
const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));
const text = (file: string): string => readFileSync(new URL(file, FOLDER), 'utf8');
const recorded = (file: string): WorkflowHistory => historyFromJSON(JSON.parse(text(file)) as unknown) as WorkflowHistory;

let bundle: WorkflowBundle;
/** All by one worker: to start one for each took ten times as long. */
const replayed = new Map<string, Error | undefined>();
beforeAll(async () => {
  quietTemporal();
  bundle = await bundleWorkflows();
  const histories = files.map((file) => ({ workflowId: file, history: JSON.parse(text(file)) as unknown }));
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: bundle }, histories)) replayed.set(workflowId, error);
});

async function replay(history: unknown): Promise<void> {
  await Worker.runReplayHistory({ workflowBundle: bundle }, history);
}

describe('recorded histories', () => {
  it('there is one of every shape', () => {
    expect([...new Set(files.map((file) => file.split('.')[0]))].toSorted()).toEqual(Object.keys({ ...SHAPES, ...FAILOVER_SHAPES }).toSorted());
  });

  it('there is one of every workflow', () => {
    const started = files.map((file) => recorded(file).events?.[0]?.workflowExecutionStartedEventAttributes?.workflowType);
    expect(new Set(started.map((type) => type?.name))).toEqual(new Set(Object.keys(workflows)));
  });

  it('facts that travel together are in one of them', () => {
    const signals = files
      .filter((file) => file.startsWith('facts-together.'))
      .flatMap((file) => recorded(file).events ?? [])
      .flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => (signal ? [signal.input?.payloads ?? []] : []))
      .map((payloads) => payloads.map(({ data }) => JSON.parse(Buffer.from(data ?? []).toString()) as unknown));
    expect(signals).toContainEqual([null, expect.objectContaining({ length: 10 })]);
  });

  it('five changes of an order are two texts in one of them', () => {
    const sent = files
      .filter((file) => file.startsWith('updates-gathered.'))
      .flatMap((file) => recorded(file).events ?? [])
      .filter((event) => event.activityTaskScheduledEventAttributes);
    // The confirmation, two about the changes, and the cancellation.
    expect(sent).toHaveLength(4);
  });

  it('the gate and the text of a message are one local activity', () => {
    const events = files.filter((file) => file.startsWith('gate-with-the-text.')).flatMap((file) => recorded(file).events ?? []);
    const locals = events.flatMap(({ markerRecordedEventAttributes: marker }) =>
      marker?.markerName === 'core_local_activity' ? [Buffer.from(marker.details?.['data']?.payloads?.[0]?.data ?? []).toString()] : [],
    );
    const named = (activity: string): number => locals.filter((data) => data.includes(`"${activity}"`)).length;
    expect([named('checkConsent') > 0, named('renderMessage')]).toEqual([true, 0]);
  });

  it('gate, text and send of a message are one local activity, and no activity', () => {
    const events = files.filter((file) => file.startsWith('sent-in-place.')).flatMap((file) => recorded(file).events ?? []);
    const results = events.flatMap(({ markerRecordedEventAttributes: marker }) =>
      marker?.markerName === 'core_local_activity' ? [Buffer.from(marker.details?.['result']?.payloads?.[0]?.data ?? []).toString()] : [],
    );
    expect(results.filter((result) => result.includes('"sent":{"kind":"accepted"}')).length).toBeGreaterThanOrEqual(4);
    expect(results.filter((result) => result.includes('"sent":{"kind":"wait"'))).not.toEqual([]);
    expect(events.filter((event) => event.activityTaskScheduledEventAttributes)).toEqual([]);
  });

  it.each(files)('%s replays with today’s workflow code', (file) => {
    expect([...replayed.keys()]).toContain(file);
    const error = replayed.get(file);
    if (error) throw error;
  });

  it('a history whose steps came in another order is refused, so that a replay can fail', async () => {
    const history = JSON.parse(text('whole-journey.1.json')) as { events: { activityTaskScheduledEventAttributes?: { activityType: { name: string } } }[] };
    const scheduled = history.events.find((event) => event.activityTaskScheduledEventAttributes);
    if (scheduled?.activityTaskScheduledEventAttributes) scheduled.activityTaskScheduledEventAttributes.activityType.name = 'openCase';
    await expect(replay(history)).rejects.toThrow(DeterminismViolationError);
  });

  it('no personal data stands in any of them: no number, name, address, link or text', () => {
    const canaries = ['Giulia', 'Rossi', 'Milano', '20121', '+39', '39333', '3932', 'poste.example', '7Q2', 'sole.example', 'Bottega Sole', 'Moka', 'Caff', 'farina', 'sacchetto', 'Marta', 'customer-', '+49', '491512', '+82', '82102', 'Quando'];
    for (const file of files) {
      // The hash of the worker's code may begin with any digits.
      const plain = readable(text(file).replaceAll(/@temporalio\/worker@[\w.+]+/g, ''));
      expect(canaries.filter((canary) => plain.includes(canary)), file).toEqual([]);
    }
  });

  it('a continued run is handed at most 4 KB', () => {
    const histories = files.map(recorded);
    expect(Math.max(...histories.map(carriedBytes))).toBeGreaterThan(0);
    for (const history of histories) expect(carriedBytes(history)).toBeLessThanOrEqual(4096);
  });

  it('an order with ten messages and four carrier events costs at most 40 billable actions and 170 events', () => {
    const runs = files.filter((file) => file.startsWith('ten-messages.')).map(recorded);
    const sends = runs.flatMap(({ events }) => events ?? []).filter((event) => event.activityTaskScheduledEventAttributes);
    expect(sends).toHaveLength(10);
    expect(runs.reduce((sum, run) => sum + billableActions(run), 0)).toBeLessThanOrEqual(40);
    expect(runs.reduce((sum, { events }) => sum + (events?.length ?? 0), 0)).toBeLessThanOrEqual(170);
  });
});

/** A history with every base64 payload decoded, so that a scan sees what a person with access to Temporal would see. */
function readable(json: string): string {
  return json.replaceAll(/"([A-Za-z0-9+/]{8,}={0,2})"/g, (_, data: string) => `${data} ${Buffer.from(data, 'base64').toString('utf8')}`);
}
