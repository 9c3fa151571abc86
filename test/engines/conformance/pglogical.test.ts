/**
 * pglogical passes the tests of every engine, as far as it supports their resolvers.
 */
import {describe} from 'vitest';
import {startTestCluster} from '../../support/cluster.ts';
import {conformance} from '../../support/conformance.ts';
import {HAS_PGLOGICAL} from '../../support/pglogical.ts';

describe.skipIf(!HAS_PGLOGICAL)('the pglogical engine', () => {
  conformance({
    start: options => startTestCluster({engine: 'pglogical', ...options}),
    lacks: ['siblings', 'crdt'],
  });
});
