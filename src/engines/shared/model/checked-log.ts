/**
 * Checks the log that a leader sends. A fold relies on a log that holds each operation once, and a foreign
 * leader may send anything.
 */
import {fail, type Result, succeed} from '../../../base/failure.ts';
import type {Op} from '../../../core/log/op.ts';
import {showDot} from '../../../core/log/version-vector.ts';

/** Returns the operations as they are, or fails with the code `malformed` if one operation occurs twice. */
export function checkedLog(ops: readonly Op[]): Result<readonly Op[]> {
  const dots = new Set<string>();
  for (const {dot} of ops) {
    const name = showDot(dot);
    if (dots.has(name)) return fail('malformed', `its log holds ${name} twice`);
    dots.add(name);
  }
  return succeed(ops);
}
