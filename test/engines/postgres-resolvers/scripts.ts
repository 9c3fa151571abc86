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
    'pglogical reports a conflict if the row was last written here and the update comes from elsewhere. ' +
    "It compares origins, and it cannot know what the update's writer had seen. So it discards an update " +
    'that had seen the row under `first_update_wins` and `keep_local`, and stops the link under `error`. ' +
    'On native leaders such an update replaces what it had seen, under every resolver.',
  deletes:
    'A real delete always happens, and an update that finds no row is skipped. No resolver is asked. The ' +
    'log of pglogical mentions only the skipped update. PostgreSQL 18 also logs the delete, as ' +
    '`delete_origin_differs`. On native leaders a delete is a write like any other: it has a time and a ' +
    'place in the order of arrival, and it can lose.',
  're-insert':
    'After the delete, the insert that follows it finds no row and meets no conflict. So that leader ' +
    'shows the insert, whatever it held before. The other leader still has a row when the update arrives, ' +
    'and its resolver decides. The leaders may end apart even under `last_update_wins`. On native leaders ' +
    'the delete and the insert are two writes, and the update is concurrent with both.',
  'stopped insert':
    'The built-in replication always applies an update, and never applies an insert of an existing row. ' +
    'Such an insert stops the link until somebody skips it or removes the row. On native leaders an ' +
    'insert is a write like any other.',
  'one clock':
    'Servers on one machine share its clock, and PostgreSQL cannot use another time, so `clock` is refused ' +
    'there. Only native leaders show what two clocks would do.',
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
      'Each leader updates the row before it learns of the other update. `apply-remote` swaps the values: ' +
      'each leader ends with what the other wrote.',
    steps: [...PARTED, ...run('set KEY A @us'), 'later', ...run('set KEY B @eu'), ...HEALED],
    isConcurrent: true,
    disagreements: {},
  },
  {
    title: 'Insert against insert',
    about: 'Each leader inserts the same row, which nobody had before.',
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
    about: 'One leader updates the row, and the other deletes it a moment later.',
    steps: [...PARTED, ...run('set KEY A @us'), 'later', ...run('del KEY @eu'), ...HEALED],
    isConcurrent: true,
    disagreements: {
      pglogical: {fww: 'deletes', 'apply-remote': 'deletes', 'keep-local': 'deletes', halt: 'deletes'},
      postgres: {'apply-remote': 'deletes'},
    },
  },
  {
    title: 'Delete and re-insert against a later update',
    about: 'One leader deletes the row and inserts it again. The other updates it a moment later.',
    steps: [...PARTED, ...run('del KEY @us', 'set KEY A @us'), 'later', ...run('set KEY B @eu'), ...HEALED],
    isConcurrent: true,
    disagreements: {pglogical: {lww: 're-insert', 'keep-local': 're-insert', halt: 're-insert'}},
  },
  {
    title: 'One update after the other',
    about: 'This is not a conflict: the later update had seen the earlier one.',
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
      'The same, but the clock of the first writer is ten seconds ahead. So the later update has the ' +
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
