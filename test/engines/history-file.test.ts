import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, it} from 'vitest';
import {HistoryFile} from '../../src/engines/shared/history-file.ts';
import type {HistoryEvent} from '../../src/history/history-event.ts';
import {command, converged, ok, startTestCluster, US} from '../support/cluster.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'history-test-'));
});
afterEach(() => rmSync(folder, {recursive: true, force: true}));

const notice = (text: string): HistoryEvent => ({type: 'notice', atMs: 1, leader: US, text});
const linesOf = (file: string): HistoryEvent[] =>
  readFileSync(join(folder, file), 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as HistoryEvent);

it('writes one event per line, in order', () => {
  const history = new HistoryFile(folder, () => {});
  for (const text of ['a', 'b\nc', 'd']) history.add(notice(text));
  history.flush();
  expect(linesOf('history.jsonl')).toEqual([notice('a'), notice('b\nc'), notice('d')]);
});

it('starts a new file when the old one is large enough, and keeps every event', () => {
  const history = new HistoryFile(folder, () => {}, 300);
  for (let n = 0; n < 20; n++) {
    history.add(notice(`event ${n}`));
    history.flush();
  }
  const files = readdirSync(folder).sort();
  expect(files).toEqual(['history.1.jsonl', 'history.2.jsonl', 'history.3.jsonl', 'history.jsonl']);
  expect(files.flatMap(linesOf)).toHaveLength(20);
});

it('reports once that the disk is full, and lets the lab continue', () => {
  const reasons: string[] = [];
  const history = new HistoryFile(join(folder, 'gone'), reason => reasons.push(reason));
  for (const text of ['a', 'b']) {
    history.add(notice(text));
    history.flush();
  }
  expect(reasons).toHaveLength(1);
});

it(
  'holds what happened in a lab: commands, faults, ' + 'applied and acknowledged operations, conflicts',
  async () => {
    const cluster = await startTestCluster({data: folder});
    await ok(cluster, 'set title A @us || set title B @eu');
    await converged(cluster, 3);
    await ok(cluster, 'kill ap');
    await command(cluster, 'set n 1 @ap');
    await cluster.close();
    const events = linesOf('history.jsonl');
    expect(events[0]).toMatchObject({
      type: 'opened',
      leaders: ['us', 'eu', 'ap'],
      topology: 'mesh',
      resolver: {name: 'lww'},
    });
    expect(events.filter(({type}) => type === 'applied')).toHaveLength(6);
    expect(events.filter(({type}) => type === 'acknowledged')).toMatchObject([
      {from: 1, to: 1},
      {from: 1, to: 1},
    ]);
    expect(
      events
        .filter(event => event.type === 'conflict')
        .map(({leader}) => leader)
        .sort(),
    ).toEqual(['ap', 'eu', 'us']);
    // Every leader reports the lost write, whichever it is.
    expect(new Set(events.filter(event => event.type === 'losses').map(({leader}) => leader)).size).toBe(3);
    expect(events.find(event => event.type === 'leader' && event.status === 'down')).toMatchObject({
      leader: 'ap',
      cause: 'killed',
    });
    expect(events.filter(event => event.type === 'action').map(({status}) => status)).toEqual([
      'ok',
      'ok',
      'fail',
    ]);
    expect(events.at(-1)).toMatchObject({type: 'closed'});
  },
);
