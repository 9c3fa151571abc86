/**
 * The sim engine passes the tests of every engine.
 */
import {describe, expect, it} from 'vitest';
import {EU, startTestCluster} from '../../support/cluster.ts';
import {conformance} from '../../support/conformance.ts';

describe('the sim engine', () => {
  conformance({start: options => startTestCluster({engine: 'sim', ...options}), lacks: []});

  it('works with one leader, too', async () => {
    const cluster = await startTestCluster({engine: 'sim', leaders: [EU]});
    await cluster.execute(
      {type: 'write', key: 'k' as never, intent: {type: 'set', value: 1}, at: {type: 'focused'}},
      EU,
    );
    expect(cluster.view().convergence).toEqual({type: 'converged', live: 1});
    await cluster.close();
  });
});
