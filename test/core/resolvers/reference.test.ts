import {expect, test} from 'vitest';
import {RESOLVER_ABOUT, RESOLVER_NAMES, type ResolverName} from '../../../src/core/resolvers/index.ts';

const INTRODUCTION = `# Resolvers

<!-- Made from the registry in src/core/resolvers/: change it there, then run npx vitest run test/core/resolvers/reference.test.ts -u -->

A conflict is two or more writes on a key that no other write had seen. A resolver decides what a reader sees of it, and nothing else:
the log keeps every write, so \`resolver NAME\` may be typed at any time, and \`compare KEY\` shows what each makes of the same writes.

_Converges_: leaders that have applied the same operations show the same, in whatever order these arrived.
`;

const OF_YOUR_OWN = `
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
  const table = ['| resolver | a reader sees | seen in | converges |', '| --- | --- | --- | --- |', ...RESOLVER_NAMES.map(row)];
  await expect(`${INTRODUCTION}\n${table.join('\n')}\n${OF_YOUR_OWN}`).toMatchFileSnapshot('../../../docs/resolvers.md');
});
