/**
 * The import rule of every folder of src/, in one table. `tidy.test.ts` checks it, and docs/design/imports.md is made
 * from it.
 */

export interface FolderRule {
  /** What the folder holds. */
  readonly holds: string;
  /** The folders that it may import besides itself. A folder stands for all folders below it, too. */
  readonly mayImport: readonly string[];
  /** No clock, randomness, I/O, timers or React. */
  readonly isPure?: boolean;
}

/**
 * `command/action.ts` and `command/topology.ts` are contracts between folders, so they count as a folder of their own.
 */
export const CONTRACTS: readonly string[] = ['command/action.ts', 'command/topology.ts'];

/** From the bottom of the house to its top: a folder imports only what stands above it in this table. */
export const FOLDERS: {readonly [folder: string]: FolderRule} = {
  base: {
    holds: 'ids, JSON, exact numbers, seeded random numbers, a heap, failures as values, escaping',
    mayImport: [],
    isPure: true,
  },
  'core/log': {
    holds: 'operations, dots, version vectors, clocks, and the log of a replica',
    mayImport: ['base'],
    isPure: true,
  },
  'core/state': {
    holds: 'what a key holds: the frontier, the reading, lost writes, revisions',
    mayImport: ['base', 'core/log'],
    isPure: true,
  },
  'core/resolvers': {
    holds: 'one file for each resolver, and their registry',
    mayImport: ['base', 'core/log', 'core/state'],
    isPure: true,
  },
  'core/io': {
    holds: 'inputs and effects of a replica, its events, the messages between leaders',
    mayImport: ['base', 'core/log', 'core/state', 'core/resolvers'],
    isPure: true,
  },
  'core/fold': {
    holds: 'from the log to the visible state, and the reports of conflicts and losses',
    mayImport: ['base', 'core/log', 'core/state', 'core/resolvers', 'core/io'],
    isPure: true,
  },
  'core/links': {
    holds: 'replication over a link: inbox, progress, echoes, acknowledgements, recovery',
    mayImport: ['base', 'core/log', 'core/state', 'core/resolvers', 'core/io', 'core/fold'],
    isPure: true,
  },
  core: {
    holds: '`replica.ts`: one leader as `step(input, now) → effects`',
    mayImport: ['base', 'core'],
    isPure: true,
  },
  faults: {
    holds: 'what a link does to a message: a rule gives a verdict',
    mayImport: ['base'],
    isPure: true,
  },
  contracts: {
    holds:
      '`command/action.ts`, what can be asked of a cluster; `command/topology.ts`, what a topology means',
    mayImport: ['base', 'core', 'faults'],
    isPure: true,
  },
  wire: {
    holds: 'bytes ↔ validated messages; no sockets',
    mayImport: ['base', 'core'],
    isPure: true,
  },
  net: {
    holds: 'frames or a byte stream over a socket, requests and answers',
    mayImport: ['base', 'wire'],
  },
  store: {
    holds: 'the log on disk, the lock of a data folder, files of this user only',
    mayImport: ['base', 'core'],
  },
  history: {
    holds: 'what happened, as leaders reported it: conflict log, lost writes, lag, traffic, comparison',
    mayImport: ['base', 'core', 'contracts'],
    isPure: true,
  },
  'history/checkers': {
    holds: 'from a trace to a verdict with a witness',
    mayImport: ['base', 'core', 'history'],
    isPure: true,
  },
  port: {
    holds: 'all that the rest knows of a cluster',
    mayImport: ['base', 'core', 'faults', 'history', 'contracts'],
    isPure: true,
  },
  'command/grammar': {
    holds: 'the words of a command line: arguments, quoting, names, suggestions',
    mayImport: ['base', 'core', 'faults', 'contracts'],
    isPure: true,
  },
  'command/table': {
    holds: 'one row for each command of the language',
    mayImport: ['base', 'core', 'contracts', 'command/grammar'],
    isPure: true,
  },
  'command/table/synonyms': {
    holds: 'the words of other systems, and the commands that they mean here',
    mayImport: ['base', 'core', 'contracts', 'command/grammar'],
    isPure: true,
  },
  command: {
    holds: 'text → `Action`: parser, completion, help, reference, command files',
    mayImport: ['base', 'core', 'faults', 'contracts', 'command'],
    isPure: true,
  },
  leader: {
    holds: 'one leader process',
    mayImport: ['base', 'core', 'wire', 'net', 'store'],
  },
  proxy: {
    holds: 'the process that carries every link, over real TCP',
    mayImport: ['base', 'faults', 'wire', 'net'],
  },
  sim: {
    holds: 'virtual time, simulated network and disks, random plans, the search, shrinking',
    mayImport: ['base', 'core', 'faults', 'history', 'contracts'],
    isPure: true,
  },
  'engines/shared/model': {
    holds:
      'what engines decide without processes: settings, wiring, membership, load plans, building the view',
    mayImport: ['base', 'core', 'faults', 'wire', 'net', 'history', 'port', 'contracts'],
    isPure: true,
  },
  'engines/shared': {
    holds: 'what engines of real processes share: clients, links, loads, the proxy, the data folder',
    mayImport: [
      'base',
      'core',
      'faults',
      'wire',
      'net',
      'store',
      'history',
      'port',
      'contracts',
      'proxy',
      'engines/shared',
    ],
  },
  'engines/native': {
    holds: 'leaders as processes of our own',
    mayImport: [
      'base',
      'core',
      'faults',
      'wire',
      'net',
      'store',
      'port',
      'contracts',
      'leader',
      'proxy',
      'engines/shared',
    ],
  },
  'engines/sim/simulated': {
    holds: 'the simulated cluster: deterministic, every answer is a call',
    mayImport: [
      'base',
      'core',
      'faults',
      'history',
      'port',
      'contracts',
      'leader',
      'sim',
      'engines/shared/model',
    ],
    isPure: true,
  },
  'engines/sim': {
    holds: 'the edge of the simulated cluster: real time, files, whoever waits',
    mayImport: [
      'base',
      'core',
      'port',
      'contracts',
      'command',
      'leader',
      'engines/shared/model',
      'engines/sim',
    ],
  },
  'engines/postgres/sql': {
    holds: 'addresses, connections, the schema, replication slots',
    mayImport: ['base', 'wire'],
  },
  'engines/postgres/server': {
    holds: 'PostgreSQL servers as processes or given by the user, their logs, cleaning up',
    mayImport: ['base', 'store', 'port', 'engines/shared', 'engines/postgres/sql'],
  },
  'engines/postgres/leader': {
    holds: 'one PostgreSQL leader: its clients, its state, what its log says',
    mayImport: [
      'base',
      'core',
      'wire',
      'history',
      'port',
      'leader',
      'engines/shared',
      'engines/postgres/sql',
      'engines/postgres/server',
    ],
  },
  'engines/postgres/links': {
    holds: 'subscriptions between servers: dialects, plans, stops and their repair',
    mayImport: [
      'base',
      'core',
      'port',
      'contracts',
      'engines/shared',
      'engines/postgres/sql',
      'engines/postgres/server',
      'engines/postgres/leader',
    ],
  },
  'engines/postgres': {
    holds: 'leaders as PostgreSQL servers',
    mayImport: [
      'base',
      'core',
      'faults',
      'history',
      'port',
      'contracts',
      'proxy',
      'engines/shared',
      'engines/postgres',
    ],
  },
  'report/words': {
    holds: 'values, times, operations and columns as text',
    mayImport: ['base', 'core', 'command'],
  },
  session: {
    holds: 'one person’s session: focus, undo, rewind, waiting, checks, stories of a key',
    mayImport: ['base', 'core', 'faults', 'history', 'port', 'contracts', 'command', 'report/words'],
  },
  'report/document': {
    holds: 'the styled document: lines of spans and tables; its rendering as plain text',
    mayImport: ['base', 'report/words'],
  },
  'report/results': {
    holds: 'the documents of results, by area',
    mayImport: [
      'base',
      'core',
      'history',
      'port',
      'contracts',
      'command',
      'report/words',
      'report/document',
      'session',
    ],
  },
  report: {
    holds: 'results as documents, as JSON, and as facts to compare',
    mayImport: ['base', 'core', 'history', 'port', 'contracts', 'command', 'report', 'session'],
  },
  course: {
    holds: 'guided labs: reading them, playing them, guiding a person through one',
    mayImport: ['base', 'core', 'history', 'port', 'contracts', 'command', 'report/words', 'session'],
  },
  runner: {
    holds: '`run`: command files and labs, side by side, JUnit',
    mayImport: ['base', 'core', 'history', 'port', 'contracts', 'command', 'report', 'session', 'course'],
  },
  fuzz: {
    holds: '`leaderlab fuzz`: the laws of a module, the search, its listing and command file',
    mayImport: ['base', 'core', 'faults', 'history', 'contracts', 'command', 'sim', 'runner'],
  },
  'tui/model': {
    holds: 'the screen’s state, keys, layout and lines of text: no React',
    mayImport: [
      'base',
      'core',
      'faults',
      'history',
      'port',
      'contracts',
      'command',
      'report',
      'session',
      'course',
    ],
    isPure: true,
  },
  tui: {
    holds: 'the screen: Ink, the terminal, colours',
    mayImport: ['base', 'port', 'session', 'course', 'tui/model'],
  },
};

/** The composition: it may import everything, and nothing may import it but itself. */
export const COMPOSITION: {readonly [folder: string]: string} = {
  app: 'what the commands of the program are put together from',
  cli: 'commander: one file for each command of the program',
  '.': '`cli.ts`, the entry',
};
