/**
 * `leaderlab fuzz`: runs random histories in the simulator until something breaks, or the seeds or the time
 * run out. The output depends only on the seeds, so a repeated search gives the same bytes. The speed goes to
 * `progress`, not to the output. If the time ends the search, the number of seeds depends on the machine.
 */
import type {LeaderId} from '../base/ids.ts';
import {printable, printableJson} from '../base/printable.ts';
import type {LinkDefaults} from '../faults/wan.ts';
import {claimsToConverge} from '../history/checkers/all-checkers.ts';
import {GLYPHS} from '../report/words/glyphs.ts';
import type {ExitStatus} from '../runner/exit-status.ts';
import type {Subject} from '../sim/nemesis.ts';
import {membersIn} from '../sim/plan.ts';
import {type Find, fuzz, type Progress} from '../sim/search.ts';
import {commandFile} from './command-file.ts';
import {checkLaws, type LawVerdict} from './laws.ts';
import {listing} from './listing.ts';

export interface FuzzOptions {
  readonly subject: Subject;
  readonly links: LinkDefaults;
  readonly firstSeed: number;
  /** The most seeds; infinite if only the time ends the search. */
  readonly seeds: number;
  /** No seed begins after this time. */
  readonly forMs: number | undefined;
  readonly json: boolean;
  readonly write: (line: string) => void;
  /** Shows the progress: one line that the next one may overwrite. */
  readonly progress: (line: string) => void;
  /**
   * Writes the find as a command file. Returns its path as a person would type it, or undefined on failure.
   */
  readonly keep: (name: string, text: (folder: string) => string) => Promise<string | undefined>;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}

/** The time between two turns of the event loop. */
const TURN_MS = 100;

/**
 * Runs the search and writes its result. Exit status: 0 nothing was found, 1 something was found, 130 the
 * person interrupted the search.
 */
export async function runFuzz(options: FuzzOptions): Promise<ExitStatus> {
  const {custom} = options.subject;
  const laws = custom === undefined ? [] : checkLaws(custom);
  if (custom !== undefined) writeLaws(options, laws);
  const last = await searchKinds(options, laws, options.nowMs());
  if (last?.find !== undefined) await writeFind(options, last.find, last.seeds);
  else if (options.signal.aborted) return 130;
  else writeNothingFound(options, last);
  return last?.find !== undefined || !keepsLaws(laws) ? 1 : 0;
}

/**
 * Searches with the first kind of value for which the module keeps the laws. If there is none, it searches
 * with each kind for which the module breaks them, to show the consequence.
 */
async function searchKinds(
  options: FuzzOptions,
  laws: readonly LawVerdict[],
  startMs: number,
): Promise<Progress | undefined> {
  if (laws.length === 0) return search(options, startMs);
  const [lawful] = laws.filter(({status}) => status === 'holds');
  let last: Progress | undefined;
  for (const {kind} of lawful === undefined ? laws.filter(({status}) => status === 'broken') : [lawful]) {
    last = await search({...options, subject: {...options.subject, only: kind}}, startMs);
    if (last?.find !== undefined || options.signal.aborted) break;
  }
  return last;
}

/** True if the laws hold for some kind of value, or there is no module. */
const keepsLaws = (laws: readonly LawVerdict[]): boolean =>
  laws.length === 0 || laws.some(({status}) => status === 'holds');

function writeLaws(options: FuzzOptions, laws: readonly LawVerdict[]): void {
  const head = keepsLaws(laws)
    ? `${GLYPHS.done} the laws hold for some kinds of value`
    : `${GLYPHS.failed} the laws hold for no kind of value`;
  const sign = {holds: GLYPHS.done, broken: GLYPHS.failed, fails: '–'};
  const lines = laws.map(({kind, status, text}) => {
    const says = status === 'holds' ? 'hold' : status === 'fails' ? `siblings are kept: ${text}` : text;
    return `  ${sign[status]} ${kind.padEnd(8)}  ${printable(says)}`;
  });
  writeResult(options, {laws}, [head, ...lines]);
}

async function search(
  {subject, links, firstSeed, seeds, forMs, ...options}: FuzzOptions,
  startMs: number,
): Promise<Progress | undefined> {
  const {progress, nowMs, signal} = options;
  let turnMs = nowMs();
  const [firstMs, endMs] = [turnMs, startMs + (forMs ?? Number.POSITIVE_INFINITY)];
  let last: Progress | undefined;
  for (const one of fuzz(subject, links, firstSeed, seeds)) {
    last = one;
    const now = nowMs();
    if (now >= endMs) break;
    if (now - turnMs < TURN_MS) continue;
    turnMs = now;
    const seconds = (now - firstMs) / 1000;
    const howFar =
      forMs === undefined
        ? `${one.seeds} of ${seeds} seeds`
        : `${one.seeds} seeds, ${Math.ceil((endMs - now) / 1000)} s left`;
    progress(
      `${howFar}, ${Math.round(one.seeds / seconds)}/s, ${Math.round(one.steps / seconds / 1000)} k events/s`,
    );
    await new Promise(resolve => setImmediate(resolve));
    if (signal.aborted) break;
  }
  return last;
}

async function writeFind(options: FuzzOptions, find: Find, seeds: number): Promise<void> {
  const {plan, seed, violation, original, run} = find;
  const path = await options.keep(`find-${plan.resolver.name}-${seed}.lab`, folder =>
    commandFile(find, folder),
  );
  const {checker, text} = violation;
  const commands = commandFile(find, '.')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'));
  const claim = claimsToConverge(plan.resolver) ? '' : ` (${plan.resolver.name} does not claim to converge)`;
  writeResult(
    options,
    {
      find: {
        seed,
        seeds,
        checker,
        text,
        leaders: plan.leaders,
        commands,
        ...(path === undefined ? {} : {file: path}),
      },
    },
    [
      `${GLYPHS.failed} seed ${seed}: ${checker}: ${printable(text)}${claim}`,
      `  ${original.steps.length} steps at ${original.leaders.length} leaders, shrunk to ` +
        `${plan.steps.length} at ${plan.leaders.length}:`,
      '',
      ...listing(run.trace, membersIn(plan)).map(line => indent(printable(line))),
      '',
      ...(path === undefined ? [] : keptLines(path, plan.leaders)),
    ],
  );
}

const keptLines = (path: string, leaders: readonly LeaderId[]): string[] => [
  `  kept as ${path}; on real processes: leaderlab run --lan --leaders ${leaders.join(',')} ${path}`,
  `  in virtual time: leaderlab run --engine sim --leaders ${leaders.join(',')} ${path}`,
];

function writeNothingFound(options: FuzzOptions, last: Progress | undefined): void {
  if (last === undefined) return;
  const {subject, firstSeed, seeds: limit, forMs} = options;
  const {seeds, steps, coverage} = last;
  const {writes, acknowledged, replicated, conflicts, lost, crashes, pauses, joins} = coverage;
  const {partitions, lossyLinks, clocks, rewirings, switches, leaves, settings, unconfirmed} = coverage;
  const {guardsHeld, guardsRefused, diskFailures, clocksAhead, fullInboxes} = coverage;
  const {lostDisks, recoveries, givenUp, reusedDots} = coverage;
  const endedBy = seeds < limit ? 'time' : 'seeds';
  const why =
    forMs === undefined
      ? ''
      : endedBy === 'time'
        ? ': the time was up'
        : ': the seeds were up before the time';
  writeResult(
    options,
    {
      summary: {
        resolver: subject.resolver.name,
        seed: firstSeed,
        seeds,
        endedBy,
        finds: 0,
        events: steps,
        coverage,
      },
    },
    [
      `${GLYPHS.done} ${seeds} seeds, nothing found${why}`,
      `  ${writes} writes, ${acknowledged} acknowledged, ${replicated} applied elsewhere`,
      `  ${conflicts} conflicts for ${subject.resolver.name} to decide, ${lost} writes lost in the end`,
      `  ${crashes} crashes, ${pauses} pauses, ${joins} joins, ${leaves} leaves, ${partitions} cuts and ` +
        `holds, ${lossyLinks} bad links, ${clocks} wrong clocks, ${rewirings} rewirings, ${switches} ` +
        'switches of the resolver',
      `  ${settings} changes of ack, delivery and loop guard, ${unconfirmed} writes not confirmed in ` +
        `time, ${guardsHeld} guards held and ${guardsRefused} failed, ${diskFailures} writes refused by ` +
        `full disks, ${clocksAhead} operations from clocks too far ahead, ${fullInboxes} full inboxes`,
      `  ${lostDisks} disks lost, own operations fetched back ${recoveries} times and given up ` +
        `${givenUp} times, ${reusedDots} reports of reused dots`,
    ],
  );
}

function writeResult({json, write}: FuzzOptions, object: object, lines: readonly string[]): void {
  if (json) write(printableJson(JSON.stringify(object)));
  else for (const line of lines) write(line);
}

const indent = (line: string): string => (line === '' ? '' : `  ${line}`);
