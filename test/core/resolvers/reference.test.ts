import {expect, test} from 'vitest';
import {RESOLVER_ABOUT, RESOLVER_NAMES, type ResolverName} from '../../../src/core/resolvers/registry.ts';

const INTRODUCTION = `# Resolvers

<!-- Made from the registry in src/core/resolvers/: change it there, then run npx vitest run test/core/resolvers/reference.test.ts -u -->

A conflict is two or more writes on a key that no other write had seen. A resolver only decides what a reader sees of a conflict. The log
keeps every write. So you can use \`resolver NAME\` at any time, and \`compare KEY\` shows what each resolver makes of the same writes.

_Converges_ means: leaders that have applied the same operations show the same values, in whatever order the operations arrived.
`;

const OF_YOUR_OWN = `
The named systems differ from these resolvers:

- \`lww\`: equal wall clocks go to the leader whose name sorts higher. Cassandra prefers a tombstone, then the greater value.
- \`revision\`: as in CouchDB, a write edits the revision that its reader saw. The losers stay: once the winner is deleted, readers see the
  best of them. Equal edits of one revision are one revision. If generations are equal, the greater hash wins; the hashes differ from
  CouchDB's. A reader asks CouchDB for the losers with \`?conflicts=true\`; here \`why KEY\` names them. \`generation\` counts these edits under
  every resolver. On PostgreSQL a write edits the row that it sees.
- \`fields\`: as in Cassandra, a delete removes every field that is not newer, seen or not; it also removes a field that is just as new. A
  tie between fields goes to the leader whose name sorts higher; in Cassandra to the greater value. A write that has seen a field
  replaces it, whatever the clocks say, and a \`set\` removes the fields that it does not name. Cassandra compares only clocks, and an
  \`INSERT\` leaves other columns.
- \`crdt\`: agrees with Redis Active-Active for counters, sets and hashes. Redis keeps the string that was written last; \`crdt\` keeps all
  concurrent strings as siblings. The JSON of Redis merges by rules of its own.

Numbers are exact up to ±9007199254740991, with about 16 digits. A leader refuses a write that would round a number, and an increment that it
could not count exactly. A counter that merges to a larger number reads as the text of its digits; \`expect get c = 18014398509481982\` and a
guard compare it with those digits. Fractions add up as on paper: 0.1 and 0.2 make 0.3.

Under \`halt\` a leader does not apply the operation that it is halted on, so it does not forward it either. Where leaders forward operations,
as in a ring, the leaders behind it get nothing more of that origin, whatever resolver they use. Databases behave in the same way: a stopped
apply worker stops everything that is chained behind it.

\`lww\`, \`fww\`, \`apply-remote\`, \`keep-local\` and \`halt\` imitate resolvers of PostgreSQL and were run beside them.
[postgres-resolvers.md](postgres-resolvers.md) says where they agree, where they differ, and why.

\`resolver custom ./merge.mjs\` uses your own module: [custom-resolvers.md](custom-resolvers.md).
`;

const NEEDS: {readonly [name in ResolverName]?: string} = {priority: ' LEADER…', custom: ' FILE'};

function row(name: ResolverName): string {
  const {summary, seenIn, convergent} = RESOLVER_ABOUT[name];
  const converges = name === 'custom' ? 'depends on it' : convergent ? 'yes' : 'no';
  return `| ${[`\`${name}${NEEDS[name] ?? ''}\``, summary, seenIn, converges].join(' | ')} |`;
}

test('docs/resolvers.md says what the registry of resolvers says', async () => {
  const table = [
    '| resolver | a reader sees | seen in | converges |',
    '| --- | --- | --- | --- |',
    ...RESOLVER_NAMES.map(row),
  ];
  await expect(`${INTRODUCTION}\n${table.join('\n')}\n${OF_YOUR_OWN}`).toMatchFileSnapshot(
    '../../../docs/resolvers.md',
  );
});
