/**
 * The scripts of docs/postgres-resolvers.md: under which resolvers and on which engines they run, and where
 * engines are known to disagree and why.
 */

import type {PlainResolverName} from '../../../src/core/resolvers/spec.ts';
import type {EngineName} from '../../../src/port/engine-name.ts';

/** The native resolvers that imitate one of PostgreSQL's. */
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

/** The rows of each table: the real resolvers that are compared with native ones. */
export const REAL: readonly {readonly resolver: Imitated; readonly engine: RealEngine}[] = RESOLVERS.flatMap(
  resolver => [
    {resolver, engine: 'pglogical' as const},
    ...(resolver === 'apply-remote' ? [{resolver, engine: 'postgres' as const}] : []),
  ],
);

/**
 * `arrives`: waits until each leader has what the other has, or is halted on it. `later`: waits until the
 * clock has advanced, so that it can decide.
 */
export type Step = {readonly run: string} | 'arrives' | 'later';

export type Kind = 'by origin' | 'deletes' | 're-insert' | 'stopped insert' | 'one clock';

/** The reasons why they disagree, in a few sentences for each kind. */
export const REASONS: {readonly [kind in Kind]: string} = {
  'by origin':
    'pglogical reports a conflict if the row was last written here and the update comes from ' +
    "elsewhere. It compares origins, and it cannot know what the update's writer had seen. So under " +
    '`first_update_wins` and `keep_local` it discards an update whose writer had seen the row, and ' +
    'under `error` it stops the link. On native leaders such an update replaces what it had seen, ' +
    'under every resolver.',
  deletes:
    'PostgreSQL always applies a delete, and skips an update that finds no row. It asks no resolver. ' +
    'The log of pglogical mentions only the skipped update. PostgreSQL 18 also logs the delete, as ' +
    '`delete_origin_differs`. On native leaders a delete is a write like any other: it has a time and ' +
    'a place in the order of arrival, and it can lose.',
  're-insert':
    'The insert that follows the delete finds no row, so it causes no conflict, and that leader shows ' +
    'the insert. The other leader still has a row when the update arrives, and its resolver decides. ' +
    'The leaders may end apart even under `last_update_wins`. On native leaders the delete and the ' +
    'insert are two writes, and the update is concurrent with both.',
  'stopped insert':
    'The built-in replication always applies an update, and never applies an insert of an existing ' +
    'row. Such an insert stops the link until somebody skips it or removes the row. On native leaders ' +
    'an insert is a write like any other.',
  'one clock':
    'Servers on one machine share its clock, and PostgreSQL cannot use another time, so `clock` is ' +
    'refused there. Only native leaders show what two clocks would do.',
};

export interface Script {
  readonly title: string;
  /** The text before the table. */
  readonly about: string;
  /** `KEY` stands for a new key. */
  readonly steps: readonly Step[];
  /** True if two of its writes are concurrent. */
  readonly isConcurrent: boolean;
  /** The resolvers under which native leaders and PostgreSQL disagree. */
  readonly disagreements: {readonly [engine in RealEngine]?: {readonly [resolver in Imitated]?: Kind}};
}

const run = (...commands: readonly string[]): readonly Step[] => commands.map(command => ({run: command}));

/** Both leaders have the row; then the link is cut. */
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
