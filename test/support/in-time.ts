/**
 * Runs work that never gives up by itself, and ends it where it takes far longer than it ever should: so a
 * test of very long texts fails in seconds, where without this it would hang for hours.
 */
import vm from 'node:vm';

const LIMIT_MS = 15_000;

export function inTime<T>(work: () => T): T {
  return vm.runInNewContext('work()', {work}, {timeout: LIMIT_MS}) as T;
}
