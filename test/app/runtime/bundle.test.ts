import { globSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { quietTemporal } from '../../../dev/installation.ts';
import { SOURCES, bundleWorkflows } from '../../../app/runtime/workflow-bundle.ts';

/** Webpack names every module of a bundle by its path. */
const MODULE =
  /"\.\/((?:domain|workflows|activities|db|vonage|api|rules|templates|journeys|ingest|brands)\/[\w./-]+\.ts)"/g;
const PACKAGE = /"\.\/node_modules\/((?:@[\w.-]+\/)?[\w.-]+)\//g;

describe('the workflow bundle', () => {
  let modules: string[];
  let packages: string[];
  let bundle: string;
  beforeAll(async () => {
    quietTemporal();
    const { code } = await bundleWorkflows();
    bundle = code;
    modules = [...new Set([...code.matchAll(MODULE)].map(([, name = '']) => name))].toSorted();
    packages = [...new Set([...code.matchAll(PACKAGE)].map(([, name = '']) => name))].toSorted();
  });

  it('holds these modules of ours and no other', () => {
    expect(modules).toEqual([
      'domain/journey/compiled-journey.ts',
      'domain/journey/failover.ts',
      'domain/journey/guard.ts',
      'domain/journey/journey.ts',
      'domain/journey/messages-under-way.ts',
      'domain/journey/plan.ts',
      'domain/journey/run.ts',
      'domain/journey/trigger.ts',
      'domain/journey/words.ts',
      'domain/orders/correction.ts',
      'domain/orders/event-row.ts',
      'domain/orders/events.ts',
      'domain/orders/facts-draft.ts',
      'domain/orders/facts.ts',
      'domain/orders/fold.ts',
      'domain/orders/phase.ts',
      'domain/sending/gate/case-hold.ts',
      'domain/sending/ledger.ts',
      'domain/sending/message.ts',
      'domain/sending/reason.ts',
      'domain/time/duration.ts',
      'workflows/consent-renewal.ts',
      'workflows/contract.ts',
      'workflows/deliver.ts',
      'workflows/erasure.ts',
      'workflows/index.ts',
      'workflows/order/carried-run.ts',
      'workflows/order/command-log.ts',
      'workflows/order/continue-as-new.ts',
      'workflows/order/order-journey.ts',
      'workflows/order/order-run.ts',
      'workflows/order/run-display.ts',
      'workflows/order/wake-timer.ts',
      'workflows/proxies.ts',
      'workflows/redelivery.ts',
      'workflows/reply.ts',
      'workflows/retention.ts',
    ]);
  });

  it('has a name made of each file of ours in it, so that a change of one makes another bundle', () => {
    const named = new Set(globSync(SOURCES, { cwd: new URL('../../../', import.meta.url) }));
    expect(named).toContain('package-lock.json');
    for (const module of modules) expect(named).toContain(module);
  });

  it('has modules that keep nothing of a run, because runs share them', () => {
    // A variable of a module, or a table in one that can be written to.
    const kept =
      /^(?:export )?(?:(?:let|var) .*|const \w+ = (?:\{\}|\[\]|new (?:Map|Set|WeakMap|WeakSet)\b[^(]*\(\)).*)$/gm;
    const root = new URL('../../../', import.meta.url);
    const found = modules.flatMap((module) => readFileSync(new URL(module, root), 'utf8').match(kept) ?? []);
    expect(found).toEqual([]);
    expect('let seen = 0;\nconst runs = new Map<string, number>();\n'.match(kept)).toHaveLength(2);
  });

  it('has one byte a character and no sources in its map: a worker has it twice', () => {
    expect([...new Set(bundle.match(/\P{ASCII}/gu))]).toEqual([]);
    const map = Buffer.from(bundle.slice(bundle.lastIndexOf('base64,') + 'base64,'.length), 'base64').toString();
    expect(JSON.parse(map)).toMatchObject({ version: 3, mappings: expect.any(String) });
    expect(map).not.toContain('sourcesContent');
  });

  it('holds no package but Temporal’s own and what these need', () => {
    const theirs = ['long', 'ms', 'nexus-rpc', 'protobufjs'];
    expect(
      packages.filter(
        (name) => !name.startsWith('@temporalio/') && !name.startsWith('@protobufjs/') && !theirs.includes(name),
      ),
    ).toEqual([]);
  });
});
