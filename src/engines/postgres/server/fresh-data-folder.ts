/**
 * A data folder as `initdb` creates it. `initdb` takes longer than everything else at the start of a server,
 * so leaders that start together share one such folder: it is created once, each leader copies it, and it is
 * removed when no leader waits for it any more.
 */
import {randomBytes} from 'node:crypto';
import {existsSync, mkdirSync, readdirSync, renameSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {execa} from 'execa';
import {fail, type Result, succeed} from '../../../base/failure.ts';
import {replaceOwnFile} from '../../../store/own-file.ts';
import {guardProcesses} from '../../shared/kill-guard.ts';
import type {ServerPrograms} from './binaries.ts';
import {handOver, identity, type OsUser} from './os-user.ts';
import {lastLine} from './server-log.ts';

/** The superuser of the servers that the lab starts. */
export const USER = 'leaderlab';
const PASSWORD_BYTES = 24;

export interface FreshOptions {
  readonly programs: ServerPrograms;
  readonly account: OsUser | undefined;
  /** Its path while it exists. */
  readonly folder: string;
  /** The folder to remove if the lab dies; undefined if its data is not temporary. */
  readonly temporary: string | undefined;
}

/** The file with the user's password, beside the data. */
export const passwordFile = (folder: string): string => `${folder}.password`;

/** The shared data folder of one cluster. Several leaders may copy it at the same time. */
export class FreshDataFolder {
  readonly #options: FreshOptions;
  readonly #password = randomBytes(PASSWORD_BYTES).toString('hex');
  #made: Promise<Result<null>> | undefined;
  #waiting = 0;

  constructor(options: FreshOptions) {
    this.#options = options;
  }

  /** Creates a data folder where there is none. A folder that holds anything else is left as it is. */
  async copyTo(folder: string): Promise<Result<null>> {
    if (existsSync(join(folder, 'PG_VERSION'))) return succeed(null);
    if (existsSync(folder) && readdirSync(folder).length > 0)
      return fail(
        'not-started',
        `${folder} holds files that are not PostgreSQL data`,
        'use another data folder',
      );
    this.#waiting += 1;
    try {
      this.#made ??= this.#make();
      const made = await this.#made;
      return made.ok ? await this.#copy(folder) : made;
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#remove();
    }
  }

  async #make(): Promise<Result<null>> {
    const {programs, folder} = this.#options;
    this.#newFolder(folder);
    const user = ['-U', USER, '--pwfile', passwordFile(folder), '--auth=scram-sha-256'];
    const how = ['--no-sync', '--no-instructions', '--locale=C', '--encoding=UTF8', '--wal-segsize=1'];
    return this.#run(join(programs.folder, 'initdb'), ['-D', folder, ...user, ...how]);
  }

  /**
   * The folder gets its name once it is complete, so a lab that dies meanwhile leaves no incomplete data
   * under that name.
   */
  async #copy(folder: string): Promise<Result<null>> {
    const draft = `${folder}.new`;
    this.#newFolder(draft);
    const copied = await this.#run('cp', ['-a', `${this.#options.folder}/.`, draft]);
    if (!copied.ok) return copied;
    renameSync(passwordFile(draft), passwordFile(folder));
    renameSync(draft, folder);
    return succeed(null);
  }

  #newFolder(folder: string): void {
    rmSync(folder, {recursive: true, force: true});
    mkdirSync(folder, {recursive: true, mode: 0o700});
    replaceOwnFile(passwordFile(folder), `${this.#password}\n`);
    for (const path of [folder, passwordFile(folder)]) handOver(path, this.#options.account);
  }

  async #run(program: string, args: readonly string[]): Promise<Result<null>> {
    const {account, temporary} = this.#options;
    const running = execa(program, args, {...identity(account), cwd: '/', reject: false, stdin: 'ignore'});
    const watch = running.pid === undefined ? undefined : guardProcesses([running.pid], temporary);
    const ended = await running;
    watch?.release();
    return ended.failed
      ? fail('not-started', `${program}: ${lastLine(ended.stderr) ?? ended.shortMessage}`)
      : succeed(null);
  }

  /** The next leader that needs the folder creates it again. */
  #remove(): void {
    this.#made = undefined;
    const {folder} = this.#options;
    for (const path of [folder, passwordFile(folder)]) rmSync(path, {recursive: true, force: true});
  }
}
