/**
 * The search that `expect fuzz` runs: random histories under a resolver. The fuzzer is loaded on first use.
 */
import {FailureError} from '../base/failure.ts';
import {REGIONS} from '../command/grammar/leader-names.ts';
import {wan} from '../faults/wan.ts';
import type {Search} from '../session/judge-check.ts';

/** The default leaders of `leaderlab fuzz`. */
const LEADERS = REGIONS.slice(0, 4);

/** Tries this many seeds, and stops early when `signal` is aborted. */
export const search: Search = async (resolver, seeds, signal) => {
  const [{breachOf}, {CustomLoader}, {PATIENT_LIMITS}] = await Promise.all([
    import('../fuzz/fuzz-verdict.ts'),
    import('../leader/custom-loader.ts'),
    import('../leader/custom-version.ts'),
  ]);
  const module =
    resolver.name === 'custom' ? await CustomLoader.open(resolver.file, () => {}, PATIENT_LIMITS) : undefined;
  if (module?.ok === false) throw new FailureError(module.failure);
  try {
    return await breachOf(
      {resolver, leaders: LEADERS, ...(module ? {custom: module.value.module} : {})},
      wan,
      seeds,
      signal,
    );
  } finally {
    module?.value.close();
  }
};
