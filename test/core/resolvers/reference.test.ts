import {expect, test} from 'vitest';
import {RESOLVER_ABOUT, RESOLVER_NAMES, type ResolverName} from '../../../src/core/resolvers/registry.ts';

const INTRODUCTION = `# Resolvers

<!-- Made from the registry in src/core/resolvers/: change it there, then run
     npx vitest run test/core/resolvers/reference.test.ts -u -->

A conflict is two or more writes to a key of which none had seen another. A resolver decides what a reader
sees of them, and nothing else: the log keeps every write. So you can type \`resolver NAME\` at any time,
and \`compare KEY\` shows what each resolver makes of the same writes.

_Converges_: leaders that have applied the same operations show the same, in whatever order the operations
arrived.
`;

const DIFFERENCES = `
Where the named systems differ:

- \`lww\`: if wall clocks are equal, the leader whose name sorts higher wins. Cassandra prefers a tombstone,
  then the greater value.
- \`revision\`: as in CouchDB, a write edits the revision that its reader was shown, and the losers stay: if
  the winner is deleted, the best of them is shown. Equal edits of one revision are one revision. Of
  revisions with the same generation the greater hash wins; the hashes are not those of CouchDB. CouchDB
  shows the losers with \`?conflicts=true\`; here \`why KEY\` names them. \`generation\` counts these edits
  under every resolver. On PostgreSQL a write edits the row that it sees.
- \`fields\`: as in Cassandra, a delete removes every field that is not newer, whether the delete had seen
  it or not; a field as new as the delete is removed too. If the clocks of two fields are equal, the leader
  whose name sorts higher wins; in Cassandra the greater value. A write replaces a field that it had seen,
  whatever the clocks say, and a \`set\` removes the fields that it does not name. Cassandra looks at clocks
  alone, and an \`INSERT\` keeps other columns.
- \`crdt\`: agrees with Redis Active-Active for counters, sets and hashes. There, a string is the one that
  was written last; here, all concurrent strings are kept as siblings. The JSON of Redis merges by other
  rules.

Numbers are exact: up to ±9007199254740991, with about 16 digits. A leader refuses a write that would round
a number, and an increment that it cannot count exactly. If a merged counter becomes larger, it reads as the
text of its digits; \`expect get c = 18014398509481982\` and a guard compare it with those digits. Fractions
add up as on paper: 0.1 and 0.2 make 0.3.

Under \`halt\` a leader does not apply the operation that it is halted on, so it does not forward it either.
Where operations are forwarded, as in a ring, the leaders behind it get nothing more of that origin,
whatever resolver they use. Databases do the same: a stopped apply worker also stops the servers that are
chained behind it.

\`lww\`, \`fww\`, \`apply-remote\`, \`keep-local\` and \`halt\` were compared with the resolvers of
PostgreSQL extensions that they imitate: [postgres-resolvers.md](postgres-resolvers.md) says where they
agree, where they differ, and why.

\`resolver custom ./merge.mjs\` uses a module of yours: [custom-resolvers.md](custom-resolvers.md).
`;

const NEEDS: {readonly [name in ResolverName]?: string} = {priority: ' LEADER…', custom: ' FILE'};

function row(name: ResolverName): string {
  const {summary, seenIn, convergent} = RESOLVER_ABOUT[name];
  const converges = name === 'custom' ? 'depends on it' : convergent ? 'yes' : 'no';
  return `| ${[`\`${name}${NEEDS[name] ?? ''}\``, summary, seenIn, converges].join(' | ')} |`;
}

test('docs/resolvers.md matches the registry of resolvers', async () => {
  const table = [
    '| resolver | a reader sees | seen in | converges |',
    '| --- | --- | --- | --- |',
    ...RESOLVER_NAMES.map(row),
  ];
  await expect(`${INTRODUCTION}\n${table.join('\n')}\n${DIFFERENCES}`).toMatchFileSnapshot(
    '../../../docs/resolvers.md',
  );
});
