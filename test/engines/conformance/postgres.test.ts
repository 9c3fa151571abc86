/**
 * PostgreSQL's own logical replication does what every engine does, as far as there are resolvers for it.
 */
import {describe} from 'vitest';
import {startTestCluster} from '../../support/cluster.ts';
import {conformance} from '../../support/conformance.ts';

describe('the postgres engine', () => {
  conformance({
    start: options => startTestCluster({engine: 'postgres', ...options}),
    lacks: ['lww', 'siblings', 'crdt', 'ring', 'conflicting inserts'],
  });
});
