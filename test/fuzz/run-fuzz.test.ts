/**
 * What ends a search, and what it says then: the seeds, the time, or a person; under a clock that the test
 * moves.
 */
import {describe, expect, it} from 'vitest';
import {leaderId} from '../../src/base/ids.ts';
import {lan} from '../../src/faults/wan.ts';
import {type FuzzOptions, runFuzz} from '../../src/fuzz/run-fuzz.ts';

/** Each look at the clock takes a second. */
async function search(
  options: Partial<FuzzOptions>,
): Promise<{status: number; lines: readonly string[]; progress: readonly string[]}> {
  const [lines, progress]: [string[], string[]] = [[], []];
  let nowMs = 0;
  const status = await runFuzz({
    subject: {resolver: {name: 'lww'}, leaders: ['us', 'eu'].map(leaderId)},
    links: lan,
    firstSeed: 1,
    seeds: Number.POSITIVE_INFINITY,
    forMs: undefined,
    json: false,
    write: line => lines.push(line),
    progress: line => progress.push(line),
    keep: async name => name,
    nowMs: () => {
      nowMs += 1000;
      return nowMs;
    },
    signal: new AbortController().signal,
    ...options,
  });
  return {status, lines, progress};
}

describe('a search', () => {
  it('runs until the time is up', async () => {
    const {status, lines, progress} = await search({forMs: 10_000});
    expect([status, lines[0]]).toEqual([0, '✔ 9 seeds, nothing found: the time was up']);
    expect(progress[0]).toMatch(/^1 seeds, 8 s left, /);
    expect(lines).toHaveLength(6);
  });

  it('ends when the seeds run out before the time', async () => {
    const {status, lines} = await search({seeds: 3, forMs: 10_000});
    expect([status, lines[0]]).toEqual([0, '✔ 3 seeds, nothing found: the seeds were up before the time']);
  });

  it('runs one seed, however short the time is', async () => {
    expect((await search({forMs: 1})).lines[0]).toContain('✔ 1 seeds');
  });

  it('does not mention time if no time was given', async () => {
    const {lines, progress} = await search({seeds: 3});
    expect(lines[0]).toBe('✔ 3 seeds, nothing found');
    expect(lines[2]).toMatch(/^ {2}\d+ conflicts for lww to decide, \d+ writes lost in the end$/);
    expect(progress[0]).toMatch(/^1 of 3 seeds, /);
  });

  it('prints the same as JSON', async () => {
    const {lines} = await search({forMs: 10_000, json: true});
    expect(lines.map(line => JSON.parse(line))).toMatchObject([
      {
        summary: {
          resolver: 'lww',
          seed: 1,
          seeds: 9,
          endedBy: 'time',
          finds: 0,
          coverage: {conflicts: expect.any(Number)},
        },
      },
    ]);
    const [seeds = ''] = (await search({seeds: 3, json: true})).lines;
    expect(JSON.parse(seeds)).toMatchObject({summary: {endedBy: 'seeds'}});
  });

  it('ends when the user interrupts it', async () => {
    const closing = new AbortController();
    closing.abort();
    expect(await search({forMs: 10_000, signal: closing.signal})).toMatchObject({status: 130, lines: []});
  });

  it('ends with its first find', async () => {
    const subject = {resolver: {name: 'keep-local'}, leaders: ['us', 'eu'].map(leaderId)} as const;
    const {status, lines} = await search({forMs: 100_000, subject});
    expect([status, lines[0]]).toEqual([1, expect.stringMatching(/^✘ seed \d+: convergence/)]);
  });
});
