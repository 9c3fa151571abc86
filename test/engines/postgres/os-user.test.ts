/**
 * Which account runs the servers of a lab of root, and whether that account can reach their data.
 */
import {expect, it} from 'vitest';
import {blockingFolder} from '../../../src/engines/postgres/server/os-user.ts';

const POSTGRES = {name: 'postgres', uid: 101, gid: 104};
const ROOT = {uid: 0, gid: 0};

it.each([
  ['all may pass', {'/': 0o755, '/tmp': 0o1777, '/tmp/lab': 0o711}, ROOT, undefined],
  ['a private folder is in the way', {'/': 0o755, '/root': 0o700, '/root/lab': 0o755}, ROOT, '/root'],
  ['the group may pass', {'/': 0o755, '/lab': 0o710}, {uid: 0, gid: 104}, undefined],
  ['the group may not, though others may', {'/': 0o755, '/lab': 0o701}, {uid: 0, gid: 104}, '/lab'],
  ['its own folder', {'/': 0o755, '/lab': 0o700}, {uid: 101, gid: 0}, undefined],
] as const)('%s', (_what, modes, owner, expected) => {
  const last = Object.keys(modes).at(-1) ?? '/';
  const rightsOf = (folder: string) => ({
    mode: (modes as {[path: string]: number})[folder] ?? 0,
    ...(folder === '/' ? ROOT : owner),
  });
  expect(blockingFolder(last, POSTGRES, rightsOf)).toBe(expected);
});

it('no folder blocks the user who runs the lab', () => {
  expect(blockingFolder('/root/lab', undefined, () => ({mode: 0o700, ...ROOT}))).toBeUndefined();
});
