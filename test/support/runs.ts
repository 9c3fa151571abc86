/**
 * The number of cases that a property is tried with. `npm test` tries all cases. `npm run test:unit` tries a
 * share of them, because it runs after every change. `vitest.config.ts` sets the share.
 */

const share = Number(process.env.LEADERLAB_TEST_SHARE ?? '1');

/** The share of `all` that this test run tries; at least 1. */
export const runs = (all: number): number => Math.max(1, Math.ceil(all * share));
