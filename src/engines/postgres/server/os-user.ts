/**
 * Whom the servers run as. PostgreSQL refuses to run as root, so root's lab hands its servers to another
 * account, with folders which that one owns and can reach.
 */
import {chmodSync, chownSync, lchownSync, readFileSync, type Stats, statSync} from 'node:fs';
import {dirname} from 'node:path';
import {fail, type Result, succeed} from '../../../base/failure.ts';

export interface OsUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Debian's packages make the first; the second is everywhere. */
const WILLING = ['postgres', 'nobody'];

/** `undefined`: the one that the lab itself runs as. */
export function serverAccount(): Result<OsUser | undefined> {
  if (process.getuid?.() !== 0) return succeed(undefined);
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n').map(accountIn);
  const account = WILLING.map(name => accounts.find(one => one?.name === name)).find(
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

/**
 * Gives the file or folder, which only we can read, to the account. It must already be able to come there.
 */
export function handOver(path: string, account: OsUser | undefined): void {
  if (account !== undefined) lchownSync(path, account.uid, account.gid);
}

/**
 * Another account's processes show their environment to that account, so they get nothing of ours but what a
 * server needs.
 */
export const identity = (
  account: OsUser | undefined,
): {uid?: number; gid?: number; extendEnv?: false; env?: NodeJS.ProcessEnv} => {
  if (account === undefined) return {};
  const {PATH, LD_LIBRARY_PATH, LANG, TZ} = process.env;
  return {uid: account.uid, gid: account.gid, extendEnv: false, env: {PATH, LD_LIBRARY_PATH, LANG, TZ}};
};

/** Lets the account pass through this folder of ours, without seeing what else is in it, and nobody else. */
export function letThrough(folder: string, {gid}: OsUser): void {
  const {uid} = statSync(folder);
  chownSync(folder, uid, gid);
  chmodSync(folder, 0o710);
}

type Rights = Pick<Stats, 'mode' | 'uid' | 'gid'>;

/** Which folder on the way there the account may not pass, if there is one. */
export function barrier(
  folder: string,
  account: OsUser | undefined,
  rightsOf: (folder: string) => Rights = statSync,
): string | undefined {
  if (account === undefined) return undefined;
  const above = dirname(folder);
  const higher = above === folder ? undefined : barrier(above, account, rightsOf);
  return higher ?? (mayPass(rightsOf(folder), account) ? undefined : folder);
}

/** As the kernel judges: the owner by the owner's rights alone, then the group, then everybody. */
function mayPass({mode, uid, gid}: Rights, account: OsUser): boolean {
  if (uid === account.uid) return (mode & 0o100) !== 0;
  return (mode & (gid === account.gid ? 0o010 : 0o001)) !== 0;
}
