/**
 * A process that tries to lock a folder, says how that went, and keeps the lock until its standard input
 * ends.
 */
import {FailureError} from '../../src/base/failure.ts';
import {lockFolder} from '../../src/store/folder-lock.ts';

try {
  lockFolder(process.argv[2] ?? '');
  process.stdout.write('mine\n');
} catch (error) {
  process.stdout.write(`${error instanceof FailureError ? error.failure.code : error}\n`);
}
process.stdin.on('end', () => process.exit(0)).resume();
