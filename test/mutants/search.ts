/**
 * One search for one mutant, in a process of its own: the seeds that it took, or none, as one line of JSON.
 */
import {leaderId} from '../../src/base/ids.ts';
import type {ResolverSpec} from '../../src/core/resolvers/registry.ts';
import {wan} from '../../src/faults/wan.ts';
import {fuzz} from '../../src/sim/search.ts';

const [name = 'lww', seeds = '2000'] = process.argv.slice(2);
const leaders = ['us', 'eu', 'ap', 'sa'].map(leaderId);
for (const {seeds: took, find} of fuzz({resolver: {name} as ResolverSpec, leaders}, wan, 1, Number(seeds))) {
  if (find === undefined) continue;
  const {violation, plan} = find;
  process.stdout.write(
    JSON.stringify({took, checker: violation.checker, text: violation.text, steps: plan.steps.length}),
  );
}
