import {expect, test} from 'vitest';
import {RESOLVER_ABOUT, RESOLVER_NAMES, type ResolverName} from '../../../src/core/resolvers/registry.ts';

const INTRODUCTION = `# Resolvers

<!-- Made from the registry in src/core/resolvers/: change it there, then run npx vitest run test/core/resolvers/reference.test.ts -u -->

A conflict is two or more writes on a key that no other write had seen. A resolver decides what a reader sees of it, and nothing else:
the log keeps every write, so \`resolver NAME\` may be typed at any time, and \`compare KEY\` shows what each makes of the same writes.

_Converges_: leaders that have applied the same operations show the same, in whatever order these arrived.
`;

const OF_YOUR_OWN = `
What the named systems do otherwise:

- \`lww\`: equal wall clocks go to the leader whose name sorts higher. Cassandra prefers a tombstone, then the greater value.
- \`revision\`: as CouchDB, a write edits the revision that its reader was shown, and the losers stay: once the winner is deleted, the best of
  them is shown. Equal edits of one revision are one revision. Ties of equal generations go to the greater hash, and the hashes are others
  than CouchDB's. A reader asks CouchDB for the losers with \`?conflicts=true\`; here \`why KEY\` names them. \`generation\` is counted along
  these edits under every resolver. On PostgreSQL a write edits the row that it sees.
- \`fields\`: as in Cassandra, a delete takes away every field that is not newer, seen or not; a field as new as the delete is gone, too.
  Ties between fields go to the leader whose name sorts higher, in Cassandra to the greater value. A write that has seen a field
  replaces it whatever the clocks say, and a \`set\` removes the fields that it does not name; Cassandra goes by clocks alone, and an
  \`INSERT\` leaves other columns.
- \`crdt\`: agrees with Redis Active-Active for counters, sets and hashes. A string there is the one written last; here all
  concurrent ones are kept as siblings. Its JSON merges by rules of its own.

Numbers are exact: up to ±9007199254740991, with about 16 digits. A write that would round one is refused. A leader also refuses an increment
that it could not count exactly. A counter that merges to such a number reads as the text of its digits; \`expect get c = 18014398509481982\` and
a guard compare it with those digits. Fractions add up as on paper: 0.1 and 0.2 make 0.3.

Under \`halt\` a leader does not apply what it is halted on, so it does not send it on either: where operations are forwarded, as in a
ring, the leaders behind it get nothing of that origin, whatever resolver they run themselves. So it is in databases, where a stopped
apply worker stops what is chained behind it.

\`lww\`, \`fww\`, \`apply-remote\`, \`keep-local\` and \`halt\` have run beside the PostgreSQL ones that they imitate:
[postgres-resolvers.md](postgres-resolvers.md) says where these agree, where not, and why.

\`resolver custom ./merge.mjs\` takes a module of yours: [custom-resolvers.md](custom-resolvers.md).
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
