/**
 * The account that runs the servers. PostgreSQL refuses to run as root, so a lab of root runs its servers as
 * another account, with folders that this account owns and can reach.
 */
import {chmodSync, chownSync, lchownSync, readFileSync, type Stats, statSync} from 'node:fs';
import {dirname} from 'node:path';
import {fail, type Result, succeed} from '../../../base/failure.ts';

export interface OsUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Debian's packages create the first; the second exists everywhere. */
const CANDIDATES = ['postgres', 'nobody'];

/** Undefined means the account that the lab itself runs as. */
export function serverUser(): Result<OsUser | undefined> {
  if (process.getuid?.() !== 0) return succeed(undefined);
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n').map(accountIn);
  const account = CANDIDATES.map(name => accounts.find(one => one?.name === name)).find(
    one => one !== undefined,
  );
  return account === undefined
    ? fail(
        'no-account',
        'PostgreSQL does not run as root, and there is no other account to run it as',
        'adduser --system postgres',
      )
    : succeed(account);
}

function accountIn(line: string): OsUser | undefined {
  const [name, , uid, gid] = line.split(':');
  if (name === undefined || uid === undefined || gid === undefined || Number(uid) === 0) return undefined;
  return {name, uid: Number(uid), gid: Number(gid)};
}

/** Gives the file or folder to the account, which must already be able to reach it. */
export function handOver(path: string, account: OsUser | undefined): void {
  if (account !== undefined) lchownSync(path, account.uid, account.gid);
}

/**
 * The options that start a process as this account. Such a process shows its environment to the account, so
 * it gets only the variables that a server needs.
 */
export const identity = (
  account: OsUser | undefined,
): {uid?: number; gid?: number; extendEnv?: false; env?: NodeJS.ProcessEnv} => {
  if (account === undefined) return {};
  const {PATH, LD_LIBRARY_PATH, LANG, TZ} = process.env;
  return {uid: account.uid, gid: account.gid, extendEnv: false, env: {PATH, LD_LIBRARY_PATH, LANG, TZ}};
};

/** Lets the account, and nobody else, pass through this folder without listing it. */
export function letThrough(folder: string, {gid}: OsUser): void {
  const {uid} = statSync(folder);
  chownSync(folder, uid, gid);
  chmodSync(folder, 0o710);
}

type Rights = Pick<Stats, 'mode' | 'uid' | 'gid'>;

/** The first folder on the path that the account may not pass, if there is one. */
export function blockingFolder(
  folder: string,
  account: OsUser | undefined,
  rightsOf: (folder: string) => Rights = statSync,
): string | undefined {
  if (account === undefined) return undefined;
  const above = dirname(folder);
  const higher = above === folder ? undefined : blockingFolder(above, account, rightsOf);
  return higher ?? (mayPass(rightsOf(folder), account) ? undefined : folder);
}

/** As the kernel decides: the owner by the owner's rights alone, then the group, then all others. */
function mayPass({mode, uid, gid}: Rights, account: OsUser): boolean {
  if (uid === account.uid) return (mode & 0o100) !== 0;
  return (mode & (gid === account.gid ? 0o010 : 0o001)) !== 0;
}
