/**
 * Command files of `scenarios/`, each one lesson of the model, on every engine: what they check, and what
 * their JSON says.
 */
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {Workplace} from '../support/program.ts';

const LIMIT = {timeout: 60_000};

let work: Workplace;
beforeEach(() => {
  work = new Workplace();
});
afterEach(() => work.close());

interface Line {
  readonly command: string;
  readonly status?: string;
  readonly error?: {readonly message: string};
  readonly result?: unknown;
  readonly summary?: {readonly failed: number};
}

/** All checks of the file held; its lines. */
async function heldBy(engine: string, name: string, flags: readonly string[]): Promise<readonly Line[]> {
  const {status, out, err} = await work.run(
    'run',
    '--engine',
    engine,
    '--lan',
    '--json',
    ...flags,
    join(import.meta.dirname, 'scenarios', `${name}.lab`),
  );
  const lines = out
    .trim()
    .split('\n')
    .map((text): Line => JSON.parse(text));
  expect(lines.filter(line => line.status !== undefined && line.command.startsWith('expect'))).toEqual([]);
  expect([status, err]).toEqual([0, '']);
  return lines;
}

const resultsOf = (lines: readonly Line[], command: string): unknown[] =>
  lines.filter(line => line.command === command).map(({result}) => result);

describe.each(['native', 'sim'])('under the %s engine', engine => {
  const held = (name: string, ...flags: readonly string[]) => heldBy(engine, name, flags);

  test(
    'a slow clock loses a write under lww and none under hlc, and the report changes with the resolver',
    LIMIT,
    async () => {
      const lines = await held('slow-clock');
      const shows = (resolver: string, value: number) => ({resolver, shows: {value}});
      expect(resultsOf(lines, 'conflicts a relation=reversed')).toMatchObject([
        {
          conflicts: [
            {
              relation: 'reversed',
              lost: ['eu:1'],
              decisions: {us: shows('lww', 1)},
              why: expect.stringContaining("eu's clock was behind us's"),
            },
          ],
        },
      ]);
      expect(resultsOf(lines, 'conflicts a')).toMatchObject([
        {conflicts: [{lost: [], decisions: {us: shows('hlc', 2), eu: shows('hlc', 2), ap: shows('hlc', 2)}}]},
      ]);
      expect(JSON.stringify(resultsOf(lines, 'explain 1'))).toContain(
        "at eu:1 eu's clock was 5 s behind: these clocks differed by 5 s",
      );
      const [underLww, underHlc] = resultsOf(lines, 'why a').map(result => JSON.stringify(result));
      expect(underLww).toContain('lww decides');
      expect(underHlc).not.toContain('lww decides');
    },
  );

  test(
    'compare and the conflict log agree on what the resolver in use loses, also after a switch',
    LIMIT,
    async () => {
      const lines = await held('compare');
      const fww = {value: 6, lost: ['us:1']};
      const lww = {value: 5, lost: ['us:1', 'us:2']};
      // The conflict is one entry, and what was reversed behind it is another.
      const told = resultsOf(lines, 'conflicts n') as {
        readonly conflicts: readonly {readonly lost: readonly string[]}[];
      }[];
      expect(told.map(({conflicts}) => conflicts.flatMap(({lost}) => lost).sort())).toEqual([
        fww.lost,
        lww.lost,
      ]);
      expect(resultsOf(lines, 'compare n')).toMatchObject([{resolvers: {fww, lww}}, {resolvers: {fww, lww}}]);
    },
  );

  test('fifo shows an answer before its question', LIMIT, async () => {
    await held('fifo');
  });

  test('causal holds the answer back until the question arrives', LIMIT, async () => {
    const lines = await held('causal');
    expect(lines.find(({command}) => command === 'wait converged 50ms')?.error?.message).toMatch(
      /us:1 cannot reach ap: no way from us leads there \(us>ap is cut\); ap holds 1 operation back/,
    );
    expect(resultsOf(lines, 'log ap')).toMatchObject([{ops: {ap: [{dot: 'us:1'}, {dot: 'eu:1'}]}}]);
  });

  test(
    'a write that a quorum could not confirm is unknown, arrives, and is not counted as lost',
    LIMIT,
    async () => {
      const lines = await held('ack-quorum');
      expect(lines.find(({command}) => command === 'set u 1 @us')).toMatchObject({
        status: 'info',
        result: {
          writes: [
            {
              status: 'info',
              dot: 'us:1',
              reason: expect.stringContaining('only 1 of the 2 leaders needed confirmed it'),
            },
          ],
        },
      });
      expect(resultsOf(lines, 'conflicts u')).toMatchObject([
        {
          conflicts: [
            {
              writes: [
                {dot: 'eu:1', acknowledged: true},
                {dot: 'us:1', acknowledged: false},
              ],
              lost: [],
            },
          ],
        },
      ]);
    },
  );

  test(
    'halt stops an origin at one leader until skip, and its conflict is in the log from the start',
    LIMIT,
    async () => {
      const lines = await held('halt', '--leaders', 'us,eu');
      const [why] = resultsOf(lines, 'why title').map(result => JSON.stringify(result));
      expect(why).toContain('lww decides');
      expect(why).not.toContain('halt decides');
    },
  );

  test('a transaction is torn if one of its writes loses', LIMIT, async () => {
    expect(resultsOf(await held('torn'), 'conflicts')).toMatchObject([
      {
        conflicts: [
          {
            key: 'to',
            torn: ['us:1'],
            lost: ['us:1'],
            why: expect.stringContaining('its write to from is shown, its write to to is lost'),
          },
        ],
      },
    ]);
  });

  test(
    'a modified ring links around two dead neighbours of five, and a ring reports whom it cannot reach',
    LIMIT,
    async () => {
      const lines = await held('ring-dead', '--leaders', '5', '--topology', 'ring');
      expect(lines.find(({command}) => command === 'wait converged 400ms')?.error?.message).toContain(
        'us:1 cannot reach sa and af: no way from us leads there (eu is down)',
      );
    },
  );

  test('leaders join and leave under load without losing an acknowledged write', LIMIT, async () => {
    const lines = await held('members');
    const ended = lines.find(({command}) => command.endsWith('ended'))?.result as {
      load: {planned: number; ok: number};
    };
    expect(ended.load).toMatchObject({planned: 90, fail: 0, info: 0});
    const [state] = resultsOf(lines, 'state') as {leaders: {id: string; opCount: number}[]}[];
    expect(state?.leaders.map(({id}) => id)).toEqual(['us', 'ap', 'eu', 'sa']);
    for (const {opCount} of state?.leaders ?? []) expect(opCount).toBe(ended.load.ok + 2);
  });

  test('the cluster can be used during a flood without the loop guard', LIMIT, async () => {
    await held('flood', '--leaders', '5');
  });

  test('a leader with hundreds of lost writes restarts, and its conflicts are the same', LIMIT, async () => {
    const lines = await held('many-lost');
    expect(lines.find(({command}) => command === 'restart us')?.status).toBeUndefined();
    const [before, after] = resultsOf(lines, 'conflicts') as {conflicts: {id: number; lost: string[]}[]}[];
    expect(before?.conflicts.length).toBeGreaterThan(200);
    expect(after?.conflicts.map(({id, lost}) => [id, lost])).toEqual(
      before?.conflicts.map(({id, lost}) => [id, lost]),
    );
  });
});
