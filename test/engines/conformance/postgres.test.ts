/**
 * PostgreSQL's own logical replication passes the tests of every engine, as far as it supports their
 * resolvers.
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
