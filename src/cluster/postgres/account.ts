/**
 * Whom the servers run as. PostgreSQL refuses to run as root, so root's lab hands its servers to another account, with folders which that
 * one owns and can reach.
 */
import {chmodSync, chownSync, readFileSync} from 'node:fs';
import {dirname} from 'node:path';
import {fail, type Result, succeed} from '../../base/failure.ts';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Debian's packages make the first; the second is everywhere. */
const WILLING = ['postgres', 'nobody'];

/** `undefined`: the one that the lab itself runs as. */
export function serverAccount(): Result<Account | undefined> {
  if (process.getuid?.() !== 0) return succeed(undefined);
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n').map(accountIn);
  const account = WILLING.map(name => accounts.find(one => one?.name === name)).find(one => one !== undefined);
  return account === undefined
    ? fail('no-account', 'PostgreSQL does not run as root, and there is no other account to run it as', 'adduser --system postgres')
    : succeed(account);
}

function accountIn(line: string): Account | undefined {
  const [name, , uid, gid] = line.split(':');
  if (name === undefined || uid === undefined || gid === undefined || Number(uid) === 0) return undefined;
  return {name, uid: Number(uid), gid: Number(gid)};
}

/** Gives the folder to the account. It must already be able to come there. */
export function handOver(folder: string, account: Account | undefined): void {
  if (account === undefined) return;
  chmodSync(folder, 0o700);
  chownSync(folder, account.uid, account.gid);
}

/** Lets others pass through this folder without seeing what is in it. */
export function letThrough(folder: string): void {
  chmodSync(folder, 0o711);
}

/** Which folder on the way there nobody but its owner may pass, if there is one. */
export function barrier(folder: string, account: Account | undefined, modeOf: (folder: string) => number): string | undefined {
  if (account === undefined) return undefined;
  const above = dirname(folder);
  if (above !== folder) {
    const higher = barrier(above, account, modeOf);
    if (higher !== undefined) return higher;
  }
  return (modeOf(folder) & 0o001) === 0 ? folder : undefined;
}
