/**
 * Unit tests do not start processes, so that they stay fast. A test that starts one belongs to another
 * project of vitest.config.ts.
 */
import childProcess from 'node:child_process';
import {syncBuiltinESMExports} from 'node:module';

function refuse(): never {
  throw new Error('a unit test started a process: list its file under PROCESS in vitest.config.ts');
}

Object.assign(childProcess, {spawn: refuse, spawnSync: refuse, exec: refuse, execFile: refuse, fork: refuse});
syncBuiltinESMExports();
