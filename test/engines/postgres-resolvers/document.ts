/**
 * Writes docs/postgres-resolvers.md from measurements, and reads the measurements back from a document.
 */
import type {EngineName} from '../../../src/port/engine-name.ts';
import {wrapped} from '../../../src/report/words/columns.ts';
import {
  type Imitated,
  type Kind,
  PGLOGICAL_NAMES,
  REAL,
  REASONS,
  RESOLVERS,
  type RealEngine,
  SCRIPTS,
  type Script,
  type Step,
} from './scripts.ts';

/** The outcome of a script under a resolver on an engine, in a few words. */
export type CellOf = (script: Script, resolver: Imitated, engine: EngineName) => string;

export const REFUSED = 'refused: no `clock`';

/** Lines of prose in the document are at most this wide. */
const WIDTH = 140;

const OVERVIEW =
  'Five resolvers imitate what PostgreSQL does with conflicts. This page compares each with the ' +
  'real one on the same scripts. There are two native leaders, two servers with pglogical, and two ' +
  "servers with PostgreSQL's built-in logical replication. They are called `us` and `eu`, and each " +
  'subscribes to the other. A test writes this page: `LEADERLAB_WRITE_DOCS=1 npx vitest run ' +
  'test/engines/postgres-resolvers.test.ts`. Every other run of that test checks it. You can ' +
  'compare any file in the same way: `leaderlab run FILE --engine native,pglogical`.';

const LEGEND =
  'A cell of the tables says what `us` and `eu` show at the end. _Both_ means that they converge; ' +
  'otherwise each shows its own value. _Lost_ is an acknowledged write that no leader shows, ' +
  'although no write that had seen it replaced it. _Halted_ is a leader that no longer applies what ' +
  'the other sends.';

const TIMES = 'Unless a script says otherwise, `A` is some milliseconds older than `B`, by one clock.';

const imitatedRow = (name: Imitated): string =>
  `| \`${name}\` | \`${PGLOGICAL_NAMES[name]}\` | ${name === 'apply-remote' ? 'for updates, always' : '–'} |`;

const INTRODUCTION = [
  "# Native resolvers and PostgreSQL's",
  '',
  ...wrapped(OVERVIEW, WIDTH),
  '',
  "| resolver | pglogical's `conflict_resolution` | built in |",
  '| --- | --- | --- |',
  ...RESOLVERS.map(imitatedRow),
  '',
  ...wrapped(LEGEND, WIDTH),
  '',
  TIMES,
  '',
].join('\n');

const COLUMNS = ['resolver', 'natively', 'PostgreSQL', 'agree'];

export const showDocument = (cellOf: CellOf): string =>
  [INTRODUCTION, ...SCRIPTS.map(script => section(script, cellOf)), reasons().trimEnd(), ''].join('\n');

function section(script: Script, cellOf: CellOf): string {
  const rows = REAL.map(({resolver, engine}) => rowOf(script, resolver, engine, cellOf));
  return [
    `## ${script.title}`,
    '',
    script.about,
    '',
    '```',
    ...script.steps.flatMap(stepInWords),
    '```',
    '',
    ...[COLUMNS, COLUMNS.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`),
    '',
  ].join('\n');
}

function stepInWords(step: Step): string[] {
  if (step === 'later') return [];
  return [step === 'arrives' ? '# until both have everything' : step.run.replace('KEY', 'k')];
}

function rowOf(script: Script, resolver: Imitated, engine: RealEngine, cellOf: CellOf): readonly string[] {
  const [native, real] = [cellOf(script, resolver, 'native'), cellOf(script, resolver, engine)];
  return [
    rowName(resolver, engine),
    native,
    real,
    verdict(native, real, script.disagreements[engine]?.[resolver]),
  ];
}

const rowName = (resolver: Imitated, engine: RealEngine): string =>
  `\`${resolver}\`${engine === 'postgres' ? ', built in' : ''}`;

/** The test, and not this function, reports a kind where they agree or a missing kind where they do not. */
function verdict(native: string, real: string, kind: Kind | undefined): string {
  if (native === real) return 'yes';
  const why = kind === undefined ? 'nobody knows why' : `[${kind}](#${kind.replaceAll(' ', '-')})`;
  return `${real === REFUSED ? '–' : 'no'}, ${why}`;
}

const reasons = (): string =>
  [
    '## Why they disagree',
    '',
    ...Object.entries(REASONS).flatMap(([kind, text]) => [
      `### ${capitalised(kind)}`,
      '',
      ...wrapped(text, WIDTH),
      '',
    ]),
  ].join('\n');

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The cells of a document, by script, resolver and engine. */
export function readDocument(text: string): CellOf {
  const sections = new Map(
    text.split('\n## ').map(part => [part.split('\n', 1)[0] ?? '', part.split('\n')] as const),
  );
  return ({title}, resolver, engine) => {
    const name = rowName(resolver, engine === 'postgres' ? engine : 'pglogical');
    const row = sections.get(title)?.find(line => line.startsWith(`| ${name} |`)) ?? '';
    return row.split(' | ')[engine === 'native' ? 1 : 2] ?? '';
  };
}
