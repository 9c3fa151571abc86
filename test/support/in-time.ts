/**
 * Runs work that has no time limit of its own, and ends it if it takes far longer than expected: so a test of
 * very long texts fails in seconds, where without this it would hang for hours.
 */
import vm from 'node:vm';

const LIMIT_MS = 15_000;

export function inTime<T>(work: () => T): T {
  return vm.runInNewContext('work()', {work}, {timeout: LIMIT_MS}) as T;
}
