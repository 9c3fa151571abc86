/**
 * The scripts of docs/postgres-resolvers.md: under which resolvers and on which engines they run, and where
 * engines are known to disagree and why.
 */

import type {PlainResolverName} from '../../../src/core/resolvers/spec.ts';
import type {EngineName} from '../../../src/port/engine-name.ts';

/** Native resolvers that imitate one of PostgreSQL's, and what that is called there. */
export const RESOLVERS = [
  'lww',
  'fww',
  'apply-remote',
  'keep-local',
  'halt',
] as const satisfies readonly PlainResolverName[];
export type Imitated = (typeof RESOLVERS)[number];

export type RealEngine = Extract<EngineName, 'postgres' | 'pglogical'>;

export const PGLOGICAL_NAMES: {readonly [resolver in Imitated]: string} = {
  lww: 'last_update_wins',
  fww: 'first_update_wins',
  'apply-remote': 'apply_remote',
  'keep-local': 'keep_local',
  halt: 'error',
};

/** Each real row of a table: what is compared with the native resolver. */
export const REAL: readonly {readonly resolver: Imitated; readonly engine: RealEngine}[] = RESOLVERS.flatMap(
  resolver => [
    {resolver, engine: 'pglogical' as const},
    ...(resolver === 'apply-remote' ? [{resolver, engine: 'postgres' as const}] : []),
  ],
);

/**
 * `arrives`: until each has what the other has, or is halted on it. `later`: until the clock has gone on, so
 * that it can decide.
 */
export type Step = {readonly run: string} | 'arrives' | 'later';

export type Kind = 'by origin' | 'deletes' | 're-insert' | 'stopped insert' | 'one clock';

/** Why they disagree, a sentence or two a kind. */
export const REASONS: {readonly [kind in Kind]: string} = {
  'by origin':
    'pglogical takes it for a conflict if the row was last written here and the update comes from ' +
    "elsewhere: it looks at origins, and cannot know what the update's writer had seen. So an update " +
    'that had seen the row is thrown away under `first_update_wins` and `keep_local`, and stops the ' +
    'link under `error`; natively it replaces what it had seen, whatever the resolver.',
  deletes:
    'A real delete is carried out whatever it meets, and an update that finds no row is skipped. No ' +
    'resolver is asked. The log of pglogical tells of the skipped update alone; PostgreSQL 18 logs the ' +
    'delete, too, as `delete_origin_differs`. Natively a delete is a write like any other, with a time ' +
    'and a place in the order of arrival, and it can lose.',
  're-insert':
    'Once the delete is carried out, the insert behind it finds no row and meets no conflict, so that ' +
    'leader shows it, whatever it held before. The other leader still has a row when the update comes, ' +
    'and decides by its resolver: leaders may end apart even under `last_update_wins`. Natively delete ' +
    'and insert are two writes, and the update is concurrent with both.',
  'stopped insert':
    'Built in, an update is applied whatever it meets, and an insert of a row that is there never is: ' +
    'it stops the link until somebody skips it or removes the row. Natively an insert is a write like ' +
    'any other.',
  'one clock':
    'Servers on one machine share its clock, and PostgreSQL cannot be told another time, so `clock` is ' +
    'refused there. What two clocks would do can be seen natively alone.',
};

export interface Script {
  readonly title: string;
  /** What is to be known before the table. */
  readonly about: string;
  /** `KEY` stands for one that nobody has used. */
  readonly steps: readonly Step[];
  /** Whether two writes of it had not seen each other. */
  readonly isConcurrent: boolean;
  /** Where native and real disagree. */
  readonly disagreements: {readonly [engine in RealEngine]?: {readonly [resolver in Imitated]?: Kind}};
}

const run = (...commands: readonly string[]): readonly Step[] => commands.map(command => ({run: command}));

/** A row that both have; then nothing passes. */
const PARTED: readonly Step[] = [...run('set KEY 0 @us'), 'arrives', ...run('cut us-eu')];
const HEALED: readonly Step[] = [...run('heal'), 'arrives'];

const everywhere = (kind: Kind) => ({
  pglogical: {lww: kind, fww: kind, 'apply-remote': kind, 'keep-local': kind, halt: kind},
  postgres: {'apply-remote': kind},
});

export const SCRIPTS: readonly Script[] = [
  {
    title: 'Update against update',
    about:
      'Each leader updates the row before it hears of the other. `apply-remote` swaps the values: each ' +
      'ends with what the other wrote.',
    steps: [...PARTED, ...run('set KEY A @us'), 'later', ...run('set KEY B @eu'), ...HEALED],
    isConcurrent: true,
    disagreements: {},
  },
  {
    title: 'Insert against insert',
    about: 'The same of a row that nobody had.',
    steps: [...run('cut us-eu', 'set KEY A @us'), 'later', ...run('set KEY B @eu'), ...HEALED],
    isConcurrent: true,
    disagreements: {postgres: {'apply-remote': 'stopped insert'}},
  },
  {
    title: 'Delete against a later update',
    about: 'One leader deletes the row, and the other updates it a moment later.',
    steps: [...PARTED, ...run('del KEY @us'), 'later', ...run('set KEY B @eu'), ...HEALED],
    isConcurrent: true,
    disagreements: {
      pglogical: {lww: 'deletes', 'apply-remote': 'deletes', 'keep-local': 'deletes', halt: 'deletes'},
      postgres: {'apply-remote': 'deletes'},
    },
  },
  {
    title: 'Update against a later delete',
    about: 'The other way round in time.',
    steps: [...PARTED, ...run('set KEY A @us'), 'later', ...run('del KEY @eu'), ...HEALED],
    isConcurrent: true,
    disagreements: {
      pglogical: {fww: 'deletes', 'apply-remote': 'deletes', 'keep-local': 'deletes', halt: 'deletes'},
      postgres: {'apply-remote': 'deletes'},
    },
  },
  {
    title: 'Delete and re-insert against a later update',
    about: 'One leader deletes the row and inserts it anew, and the other updates it a moment later.',
    steps: [...PARTED, ...run('del KEY @us', 'set KEY A @us'), 'later', ...run('set KEY B @eu'), ...HEALED],
    isConcurrent: true,
    disagreements: {pglogical: {lww: 're-insert', 'keep-local': 're-insert', halt: 're-insert'}},
  },
  {
    title: 'One update after the other',
    about: 'No conflict: the later update had seen the earlier one.',
    steps: [
      ...run('set KEY 0 @us'),
      'arrives',
      ...run('set KEY A @us'),
      'arrives',
      ...run('set KEY B @eu'),
      'arrives',
    ],
    isConcurrent: false,
    disagreements: {pglogical: {fww: 'by origin', 'keep-local': 'by origin', halt: 'by origin'}},
  },
  {
    title: 'One update after the other, by unequal clocks',
    about:
      'The same, while the clock of the first writer is ten seconds ahead: the later update has the ' +
      'earlier time.',
    steps: [
      ...run('clock us +10s', 'set KEY A @us', 'clock us reset'),
      'arrives',
      ...run('set KEY B @eu'),
      'arrives',
    ],
    isConcurrent: false,
    disagreements: everywhere('one clock'),
  },
];
