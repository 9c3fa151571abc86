/**
 * Carries out one file on one cluster, from its first command to the end of its last load. The listener
 * receives the results.
 */
import {dirname} from 'node:path';
import {type Result, succeed} from '../base/failure.ts';
import type {About, Step} from '../course/lab-types.ts';
import {playLab, type Tally} from '../course/play-lab.ts';
import type {Settled} from '../course/settle-predictions.ts';
import {locateIn} from '../files/custom-file.ts';
import {located} from '../files/lab-file.ts';
import type {Cluster} from '../port/cluster.ts';
import {Alarms} from '../session/alarms.ts';
import {type Counted, counted} from '../session/expected.ts';
import type {Search} from '../session/judge-check.ts';
import {createSession, type SessionWithLoads} from '../session/session.ts';
import type {Entry} from '../session/session-result.ts';
import type {LabFile} from './read-files.ts';

export interface Listener {
  /** A command or a check was carried out, or a load in the background has ended. */
  reported(entry: Entry, line: number, as: Counted): void;
  /** A step of a lab begins. */
  begins(step: Step): void;
  settled(settled: Settled): void;
  /** A process ended although nobody ended it; later results may differ because of it. */
  alarm(text: string): void;
}

export interface CarryOutOptions {
  /** Aborted when the person stops the run: it interrupts what runs and ends what was started. */
  readonly signal?: AbortSignal;
  readonly search?: Search;
}

/**
 * Starts the cluster that the front matter of a lab describes. `undefined` stands for a list of commands,
 * which does not describe a cluster.
 */
export type StartCluster = (about: About | undefined) => Promise<Result<Cluster>>;

/** Starts a cluster for the file, hands it to `use`, and closes it. */
export async function withCluster<T>(
  file: LabFile,
  start: StartCluster,
  use: (cluster: Cluster) => Promise<T>,
): Promise<Result<T>> {
  const about = file.type === 'lab' ? await located(file.lab.about, dirname(file.file)) : succeed(undefined);
  if (!about.ok) return about;
  const started = await start(about.value);
  if (!started.ok) return started;
  try {
    return succeed(await use(started.value));
  } finally {
    await started.value.close();
  }
}

/** Runs the file in a new session until its end or the signal, and then waits for its loads. */
export async function carryOut(
  file: LabFile,
  cluster: Cluster,
  options: CarryOutOptions,
  listener: Listener,
): Promise<Tally> {
  const {signal, search} = options;
  const session = createSession(cluster, {
    locate: locateIn(dirname(file.file)),
    loadsInBackground: false,
    ...(search === undefined ? {} : {search}),
  });
  const interrupt = (): void => session.interrupt();
  signal?.addEventListener('abort', interrupt, {once: true});
  const reporter = new EntryReporter(session, cluster, listener);
  const tally = await play(file, session, reporter, () => signal?.aborted === true);
  if (signal?.aborted) session.interrupt();
  await session.loadsEnded();
  reporter.reportEnds();
  signal?.removeEventListener('abort', interrupt);
  return {passed: tally.passed, failed: tally.failed + reporter.failedEnds};
}

function play(
  file: LabFile,
  session: SessionWithLoads,
  reporter: EntryReporter,
  isOver: () => boolean,
): Promise<Tally> {
  if (file.type === 'script') return playScript(file, session, reporter, isOver);
  return playLab(file.lab, {
    run: command => session.run(command),
    judge: (check, limitMs) => session.judge(check, limitMs),
    isOver,
    report: (entry, line, as) => reporter.report(entry, line, as),
    begin: step => reporter.listener.begins(step),
    settled: settled => reporter.listener.settled(settled),
  });
}

async function playScript(
  {commands}: Extract<LabFile, {type: 'script'}>,
  session: SessionWithLoads,
  reporter: EntryReporter,
  isOver: () => boolean,
): Promise<Tally> {
  let [passed, failed] = [0, 0];
  for (const [index, command] of commands.entries()) {
    if (isOver()) break;
    const {line, action} = command;
    const entry = await session.run(command);
    const as = counted(entry, action, commands[index + 1]?.action);
    reporter.report(entry, line, as);
    reporter.reportEnds();
    if (as === 'passed') passed++;
    if (as === 'failed') failed++;
    if (action.type === 'quit') break;
  }
  return {passed, failed};
}

/** Reports entries to the listener, each once. */
class EntryReporter {
  readonly #session: SessionWithLoads;
  readonly listener: Listener;
  /** Loads in the background that failed. */
  failedEnds = 0;
  /** By entry: the line of the command. */
  readonly #lines = new WeakMap<Entry, number>();

  readonly #alarms: Alarms;

  constructor(session: SessionWithLoads, cluster: Cluster, listener: Listener) {
    this.#session = session;
    this.#alarms = new Alarms(cluster);
    this.listener = listener;
  }

  report(entry: Entry, line: number, as: Counted): void {
    this.#lines.set(entry, line);
    for (const text of this.#alarms.fresh()) this.listener.alarm(text);
    this.listener.reported(entry, line, as);
  }

  /** Reports the loads in the background that have ended meanwhile. */
  reportEnds(): void {
    for (const entry of this.#session.entries) {
      if (entry.ends === undefined || this.#lines.has(entry)) continue;
      const isFailed = entry.status === 'fail';
      this.report(entry, this.#lines.get(entry.ends) ?? 0, isFailed ? 'failed' : 'neither');
      if (isFailed) this.failedEnds++;
    }
  }
}
