import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, it} from 'vitest';
import {key} from '../../src/base/ids.ts';
import type {LeaderEvent} from '../../src/core/io/leader-event.ts';
import {type Write, writeOf} from '../../src/core/log/op.ts';
import {ConflictFile} from '../../src/engines/shared/conflict-file.ts';
import {ConflictLog} from '../../src/history/conflict-log.ts';
import {converged, EU, ok, startTestCluster, US} from '../support/cluster.ts';
import {waitFor} from '../support/wait.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'conflicts-test-'));
});
afterEach(() => rmSync(folder, {recursive: true, force: true}));

const file = (): string => join(folder, 'conflicts.jsonl');

/** A conflict: two leaders wrote a key of this name at once. */
function conflictOn(name: string): Extract<LeaderEvent, {type: 'conflict'}> {
  const of = key(name);
  const write = (origin: typeof US, seq: number): Write =>
    writeOf(
      {
        dot: {origin, seq},
        after: seq > 1 ? {[origin]: seq - 1} : {},
        hlc: {wallMs: 1, logical: 0},
        wallMs: 1,
        writes: [],
      },
      {type: 'set', key: of, generation: 1, saw: [], value: origin},
    );
  const seq = Number(name.slice(1));
  const writes = [write(EU, seq), write(US, seq)];
  const [resolver, shows, lost] = ['lww', {type: 'value', value: 'us'}, [{origin: EU, seq}]] as const;
  return {
    type: 'conflict',
    key: of,
    relation: 'concurrent',
    writes,
    sides: writes.map(({dot}) => dot),
    instead: [],
    resolver,
    shows,
    lost,
    torn: [],
    why: 'because',
  };
}

function open(notices: string[] = [], compactBytes?: number): {log: ConflictLog; disk: ConflictFile} {
  const log = new ConflictLog();
  return {log, disk: new ConflictFile(folder, log, text => notices.push(text), compactBytes)};
}

function fill(log: ConflictLog, from: number, to: number): void {
  for (let n = from; n <= to; n++) {
    log.observe(US, conflictOn(`k${n}`), n);
    log.losses(US, {[US]: n, [EU]: n}, [{key: key(`k${n}`), lost: [{origin: EU, seq: n}], found: []}], false);
  }
  log.acknowledge(EU, 1, to);
}

it('shows the old entries in a lab that is opened again, and continues counting', () => {
  const first = open();
  fill(first.log, 1, 3);
  first.disk.flush();
  const notices: string[] = [];
  const {log, disk} = open(notices);
  expect(notices).toEqual([]);
  expect(log.list()).toEqual(first.log.list());
  expect([log.count, log.lostCount, log.list().length]).toEqual([3, 3, 3]);
  fill(log, 4, 4);
  disk.flush();
  expect(
    open()
      .log.list()
      .map(({id}) => id),
  ).toEqual([1, 2, 3, 4]);
});

it('uses the latest line of an entry, and rewrites the file when it is opened', () => {
  const {log, disk} = open();
  for (let n = 0; n < 20; n++) {
    log.observe(US, {...conflictOn('k1'), why: `reason ${n}`}, n);
    disk.flush();
  }
  const grown = statSync(file()).size;
  expect(open().log.list()).toMatchObject([{id: 1, decisions: {us: {why: 'reason 19'}}}]);
  expect(statSync(file()).size).toBeLessThan(grown / 5);
});

it('rewrites the file when it has grown large', () => {
  const {log, disk} = open([], 10_000);
  for (let n = 0; n < 200; n++) {
    log.observe(US, {...conflictOn('k1'), why: `reason ${n}`}, n);
    disk.flush();
  }
  expect(statSync(file()).size).toBeLessThan(15_000);
  expect(open().log.list()).toMatchObject([{decisions: {us: {why: 'reason 199'}}}]);
});

it('skips damaged lines, reports that once, and keeps the other lines', () => {
  const first = open();
  fill(first.log, 1, 2);
  first.disk.flush();
  const [line = ''] = readFileSync(file(), 'utf8').split('\n');
  appendFileSync(
    file(),
    `${line.slice(0, 40)}\n{"conflict":{"id":"x"}}\nnull\n${line.replace('"id":1', '"id":9')}\n`,
  );
  const notices: string[] = [];
  expect(
    open(notices)
      .log.list()
      .map(({id}) => id),
  ).toEqual([1, 2, 9]);
  expect(notices).toEqual([
    `3 lines are damaged in ${file()}; the lab kept the other lines and saved the original file as ` +
      `${file()}.damaged`,
  ]);
  expect(open(notices).log.list()).toHaveLength(3);
  expect(notices).toHaveLength(1);
});

it('keeps acknowledged writes that do not conflict with anything yet', () => {
  const first = open();
  first.log.acknowledge(EU, 1, 1);
  first.disk.flush();
  const {log} = open();
  log.observe(US, conflictOn('k1'), 1);
  expect(log.list()[0]?.writes.map(({acknowledged}) => acknowledged)).toEqual([true, false]);
  expect(statSync(file()).size).toBeLessThan(200);
});

it('has all complete lines if the lab was killed while it wrote the last one', () => {
  const first = open();
  fill(first.log, 1, 3);
  first.disk.flush();
  const text = readFileSync(file(), 'utf8');
  for (const length of [text.length - 1, text.length - 20, text.lastIndexOf('{"counts"') - 9]) {
    writeFileSync(file(), text.slice(0, length));
    const {log} = open();
    const isWhole = length > text.lastIndexOf('{"counts"');
    expect(log.list().map(({id}) => id)).toEqual(isWhole ? [1, 2, 3] : [1, 2]);
    expect(log.list()[1]).toEqual(first.log.list()[1]);
  }
});

it('uses the last undamaged counts, and reports that later ones are damaged', () => {
  const first = open();
  fill(first.log, 1, 2);
  first.disk.flush();
  appendFileSync(file(), '{"counts":{"count":-1}}\n');
  const notices: string[] = [];
  expect(open(notices).log.count).toBe(2);
  expect(notices).toHaveLength(1);
});

it('reports once that the disk is full, and lets the log continue', () => {
  const {log, disk} = open();
  const notices: string[] = [];
  const broken = new ConflictFile(join(folder, 'gone'), log, text => notices.push(text));
  for (const n of [1, 2]) {
    fill(log, n, n);
    broken.flush();
  }
  expect(notices).toHaveLength(1);
  expect(log.count).toBe(2);
  disk.flush();
});

it('survives the lab: conflicts, ids, counts and losses of real leaders', async () => {
  const first = await startTestCluster({data: folder});
  await ok(first, 'set title A @us || set title B @eu');
  await converged(first, 3);
  await waitFor('one lost write', () => first.view().lostCount === 1);
  await first.close();
  expect(existsSync(file())).toBe(true);
  const again = await startTestCluster({data: folder});
  try {
    expect(again.view()).toMatchObject({
      conflictCount: 1,
      lostCount: 1,
      conflicts: [{id: 1, key: 'title', relation: 'concurrent'}],
    });
    await ok(again, 'set other A @us || set other B @eu');
    await waitFor(
      'the second conflict',
      () => again.view().lostCount === 2 && again.view().conflictCount === 2,
    );
    expect(again.view().conflicts.map(({id}) => id)).toEqual([1, 2]);
    await ok(again, 'resolver siblings');
    await waitFor('nothing lost under siblings', () => again.view().lostCount === 0);
  } finally {
    await again.close();
  }
});
