/**
 * `leaderlab fuzz`: random histories in the simulator until the seeds or the time are up or something breaks.
 * Nothing is printed here but through the writers handed in, and what is written depends on the seeds alone,
 * so that it can be repeated to the byte; how fast it goes is a warning. Where the time ends the search, it
 * decides how many seeds there were.
 */
import type {LeaderId} from '../base/ids.ts';
import {printable, printableJson} from '../base/printable.ts';
import type {LinkDefaults} from '../faults/wan.ts';
import {claimsToConverge} from '../history/checkers/all-checkers.ts';
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
  /** At most; infinite where only the time ends it. */
  readonly seeds: number;
  /** After so long no other seed is begun. */
  readonly forMs: number | undefined;
  readonly json: boolean;
  readonly write: (line: string) => void;
  /** How far it is: one line that may be written over. */
  readonly progress: (line: string) => void;
  /**
   * Keeps the find as a command file; its path, as a person would type it, or undefined where it could not be
   * written.
   */
  readonly keep: (name: string, text: (folder: string) => string) => Promise<string | undefined>;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}

/** Lets others have their turn so often. */
const TURN_MS = 100;

/** 0 nothing was found; 1 something was; 130 the person broke it off. */
export async function runFuzz(options: FuzzOptions): Promise<ExitStatus> {
  const {custom} = options.subject;
  const laws = custom === undefined ? [] : checkLaws(custom);
  if (custom !== undefined) tellLaws(options, laws);
  const last = await searchKinds(options, laws, options.nowMs());
  if (last?.find !== undefined) await tellFind(options, last.find, last.seeds);
  else if (options.signal.aborted) return 130;
  else tellNothing(options, last);
  return last?.find !== undefined || !keepsLaws(laws) ? 1 : 0;
}

/**
 * On values for which the module keeps the laws; where there are none, on any for which it breaks them, to
 * show what comes of it.
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

/** For some kind of value. Without a module there is nothing to keep. */
const keepsLaws = (laws: readonly LawVerdict[]): boolean =>
  laws.length === 0 || laws.some(({status}) => status === 'holds');

function tellLaws(options: FuzzOptions, laws: readonly LawVerdict[]): void {
  const head = keepsLaws(laws)
    ? '✔ the laws hold for some kinds of value'
    : '✘ the laws hold for no kind of value';
  const sign = {holds: '✔', broken: '✘', fails: '–'};
  const lines = laws.map(({kind, status, text}) => {
    const says = status === 'holds' ? 'hold' : status === 'fails' ? `siblings are kept: ${text}` : text;
    return `  ${sign[status]} ${kind.padEnd(8)}  ${printable(says)}`;
  });
  tell(options, {laws}, [head, ...lines]);
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

async function tellFind(options: FuzzOptions, find: Find, seeds: number): Promise<void> {
  const {plan, seed, violation, original, run} = find;
  const path = await options.keep(`find-${plan.resolver.name}-${seed}.lab`, folder =>
    commandFile(find, folder),
  );
  const {checker, text} = violation;
  const commands = commandFile(find, '.')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'));
  const claim = claimsToConverge(plan.resolver) ? '' : ` (${plan.resolver.name} does not claim to converge)`;
  tell(
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
      `✘ seed ${seed}: ${checker}: ${printable(text)}${claim}`,
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

function tellNothing(options: FuzzOptions, last: Progress | undefined): void {
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
  tell(
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
      `✔ ${seeds} seeds, nothing found${why}`,
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

function tell({json, write}: FuzzOptions, object: object, lines: readonly string[]): void {
  if (json) write(printableJson(JSON.stringify(object)));
  else for (const line of lines) write(line);
}

const indent = (line: string): string => (line === '' ? '' : `  ${line}`);
