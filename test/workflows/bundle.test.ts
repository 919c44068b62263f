import { globSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { quietTemporal } from '../../scripts/installation.ts';
import { SOURCES, bundleWorkflows } from '../../workflow-bundle.ts';

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
      'domain/case-hold.ts',
      'domain/compiled-journey.ts',
      'domain/correction.ts',
      'domain/duration.ts',
      'domain/facts.ts',
      'domain/growing-table.ts',
      'domain/guard.ts',
      'domain/journey.ts',
      'domain/ledger.ts',
      'domain/message.ts',
      'domain/phase.ts',
      'domain/plan.ts',
      'domain/reason.ts',
      'domain/trigger.ts',
      'workflows/command-log.ts',
      'workflows/consent-renewal.ts',
      'workflows/contract.ts',
      'workflows/deliver.ts',
      'workflows/erasure.ts',
      'workflows/gate-question.ts',
      'workflows/handlers.ts',
      'workflows/hops.ts',
      'workflows/index.ts',
      'workflows/journey-run.ts',
      'workflows/leg.ts',
      'workflows/messages-under-way.ts',
      'workflows/order-journey.ts',
      'workflows/proxies.ts',
      'workflows/redelivery.ts',
      'workflows/reply.ts',
      'workflows/retention.ts',
      'workflows/run-display.ts',
      'workflows/wake-timer.ts',
    ]);
  });

  it('has a name made of each file of ours in it, so that a change of one makes another bundle', () => {
    const named = new Set(globSync(SOURCES, { cwd: new URL('../../', import.meta.url) }));
    expect(named).toContain('package-lock.json');
    for (const module of modules) expect(named).toContain(module);
  });

  it('has modules that keep nothing of a run, because runs share them', () => {
    // A variable of a module, or a table in one that can be written to.
    const kept =
      /^(?:export )?(?:(?:let|var) .*|const \w+ = (?:\{\}|\[\]|new (?:Map|Set|WeakMap|WeakSet)\b[^(]*\(\)).*)$/gm;
    const root = new URL('../../', import.meta.url);
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
