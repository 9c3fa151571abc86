/**
 * `leaderlab lab`: prints the list of labs, or guides a person through one of them on the screen.
 */
import {readFile, writeFile} from 'node:fs/promises';
import {homedir} from 'node:os';
import {dirname, resolve} from 'node:path';
import process from 'node:process';
import {type Failure, fail, type Result, succeed} from '../base/failure.ts';
import {GuidedLab} from '../course/guided-lab.ts';
import type {Lab} from '../course/lab-types.ts';
import {showCatalog} from '../course/show-catalog.ts';
import {REAL_CLOCK} from '../engines/shared/real-clock.ts';
import {locateIn} from '../files/custom-file.ts';
import {noteDone, progressFile, readProgress} from '../files/finished-labs.ts';
import {findLab, labBehind, readCatalog} from '../files/lab-catalog.ts';
import {labFrom, located, readSource} from '../files/lab-file.ts';
import type {Cluster} from '../port/cluster.ts';
import {createSession} from '../session/session.ts';
import {labsFolder} from './bundled-labs.ts';
import {endInOrder} from './ending.ts';
import {search} from './fuzz-search.ts';
import {type StartOptions, startCluster} from './open-cluster.ts';
import {openHistory} from './prompt-history.ts';
import {ReplaceableCluster} from './replaceable-cluster.ts';
import {untilScreenEnds} from './screen-lifetime.ts';

/** Prints the list of labs with earlier results. `width` is in columns. */
export async function listLabs(
  width: number | undefined,
  write: (line: string) => void,
  warn: (line: string) => void,
): Promise<void> {
  const [catalog, read] = await Promise.all([
    readCatalog(labsFolder()),
    readProgress(progressFile(process.env, homedir())),
  ]);
  if (!read.ok) warn(`earlier results are not shown: ${read.why}`);
  for (const line of showCatalog(catalog, read.ok ? read.progress : {}, width)) write(line);
}

export interface OpenedLab {
  /** Paths in it are absolute. */
  readonly lab: Lab;
  readonly file: string;
}

/** Opens the lab of that name or path. Returns undefined after it reported what is wrong with the file. */
export async function openLab(
  wanted: string,
  warn: (line: string) => void,
): Promise<Result<OpenedLab> | undefined> {
  const found = await findLab(wanted, labsFolder());
  if (!found.ok) return found;
  const source = await readSource(found.value, warn);
  const lab = source === undefined ? undefined : await labFrom(found.value, source, warn);
  if (lab === undefined) return undefined;
  const about = await located(lab.about, dirname(found.value));
  return about.ok ? succeed({lab: {...lab, about: about.value}, file: found.value}) : about;
}

/** Runs until the person leaves. */
export async function guideScreen(
  {lab, file}: OpenedLab,
  options: StartOptions,
): Promise<Failure | undefined> {
  const ending = endInOrder();
  const folder = dirname(resolve(file));
  const loading = import('../tui/main.tsx');
  const next = folder === labsFolder() ? labBehind(lab.name, await readCatalog(folder)) : undefined;
  const started = await startCluster(options);
  if (!started.ok) return started.failure;
  const cluster = new ReplaceableCluster(started.value.cluster);
  const {runTui} = await loading;
  const history = openHistory();
  let starting: Promise<unknown> = Promise.resolve();
  const guide = new GuidedLab({
    lab,
    absolute: name => resolve(folder, name),
    cluster,
    next,
    startOver: () => {
      const fresh = replaceBy(cluster, options);
      starting = fresh;
      return fresh;
    },
    keep,
    finished: ({right, predictions}) =>
      noteDone(progressFile(process.env, homedir()), lab.name, {right, of: predictions.length}),
    // Setting the clock of the machine must not change how long the lab took.
    clock: {...REAL_CLOCK, nowMs: () => performance.now()},
  });
  // The text of a lab assumes that each load is finished before the next step, as in `run`.
  const session = createSession(cluster, {
    locate: locateIn(folder),
    loadsInBackground: false,
    guide,
    search,
  });
  guide.attach(session);
  return untilScreenEnds({
    ending,
    runTui,
    options: {cluster, session, guide, keepsData: false, history},
    ready: started.value.ready,
    close: async () => {
      guide.close();
      await cluster.close();
      // A new cluster that is still starting is closed as soon as it has started.
      await starting;
    },
  });
}

async function replaceBy(cluster: ReplaceableCluster, options: StartOptions): Promise<Failure | undefined> {
  const started = await startCluster(options);
  if (!started.ok) return started.failure;
  const fresh: Cluster = started.value.cluster;
  const ready = await started.value.ready;
  if (!ready.ok) return ready.failure;
  await cluster.replace(fresh);
  return undefined;
}

/** Overwrites only a file that this lab wrote before. */
async function keep(file: string, text: string): Promise<Failure | undefined> {
  const firstLine = (of: string): string => of.split('\n', 1)[0] ?? '';
  try {
    const before = await readFile(file, 'utf8').catch(() => undefined);
    if (before !== undefined && firstLine(before) !== firstLine(text))
      return fail('exists', `${file} exists and was not written by this lab`, 'rename it first').failure;
    await writeFile(file, text);
    return undefined;
  } catch {
    return fail('disk', `${file} cannot be written in ${process.cwd()}`).failure;
  }
}
