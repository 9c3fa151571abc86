/**
 * The actions that commands ask for: the closed union between the command language and everything that
 * carries commands out. Plain data: a recording, a test or a key press can make one as well as the parser.
 * The table of traits says what holds for every action of a type.
 */
import type {Key, LeaderId, LinkId} from '../base/ids.ts';
import type {Json} from '../base/json.ts';
import type {AckMode, Delivery, Forward} from '../core/io/input-effect.ts';
import type {Intent, IntentType} from '../core/log/op.ts';
import type {VersionVector} from '../core/log/version-vector.ts';
import type {ResolverSpec} from '../core/resolvers/spec.ts';
import type {LinkRule} from '../faults/rule.ts';
import type {LinkSelector, TopologySpec} from './topology.ts';

/** The leaders named after `@`; `focused` if none is named. */
export type Target =
  | {readonly type: 'focused'}
  | {readonly type: 'all'}
  | {readonly type: 'leaders'; readonly leaders: readonly LeaderId[]};

/**
 * What a reader must see for a guarded write to happen. Only the leader that takes the write checks it.
 */
export interface Guard {
  readonly key: Key;
  readonly expected: {readonly value: Json} | {readonly absent: true};
}

export interface WriteAction {
  readonly type: 'write';
  readonly key: Key;
  readonly intent: Intent;
  readonly at: Target;
  /** Only `set` can have a guard. */
  readonly guard?: Guard;
}

/** Writes of several keys, each once, as one operation that every leader applies whole. */
export interface TxnAction {
  readonly type: 'txn';
  readonly writes: readonly {readonly key: Key; readonly intent: Intent}[];
  readonly at: Target;
}

export const SETTING_NAMES = ['topology', 'resolver', 'forward', 'loopguard', 'delivery', 'ack'] as const;
export type SettingName = (typeof SETTING_NAMES)[number];

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

export type HistoryProperty = 'causal' | 'session' | 'no-lost-acked-write';

/** A check of `expect`; durations in ms. */
export type Check =
  | {
      readonly type: 'get';
      readonly key: Key;
      readonly at: Target;
      readonly expected: {readonly value: Json} | {readonly absent: true};
    }
  | {
      readonly type: 'siblings';
      readonly key: Key;
      readonly at: Target;
      readonly compare: Comparison;
      readonly count: number;
    }
  | {readonly type: 'converged'; readonly withinMs: number}
  | {readonly type: 'diverged'; readonly key: Key | undefined}
  | {
      readonly type: 'conflicts';
      readonly key: Key | undefined;
      readonly compare: Comparison;
      readonly count: number;
    }
  | {
      readonly type: 'lost';
      readonly key: Key | undefined;
      readonly compare: Comparison;
      readonly count: number;
    }
  | {readonly type: 'up'; readonly leader: LeaderId}
  | {readonly type: 'down'; readonly leader: LeaderId}
  /** Over the last ten seconds, of all origins and leaders. */
  | {
      readonly type: 'lag';
      readonly percentile: 'p50' | 'p99';
      readonly compare: Comparison;
      readonly ms: number;
    }
  /** Operations put on links for each operation accepted, since the topology was last changed. */
  | {readonly type: 'messages-per-op'; readonly compare: Comparison; readonly count: number}
  | {readonly type: 'history'; readonly property: HistoryProperty}
  /** The number of random histories to run in the simulator, under the resolver of the cluster. */
  | {readonly type: 'fuzz'; readonly seeds: number}
  /** How the previous command ended. */
  | {readonly type: 'outcome'; readonly expected: 'ok' | 'fail' | 'info'};

/** Selects entries of the conflict log. A field that is absent does not filter. */
export interface ConflictFilter {
  readonly key?: Key;
  /** The kind in the entry: `set/set`, `set/del`, … */
  readonly kind?: string;
  /** The leader wrote one of the writes. */
  readonly leader?: LeaderId;
  /** Only entries with lost writes. */
  readonly lost?: true;
  readonly relation?: 'concurrent' | 'reversed' | 'stale';
}

/** The weights of the kinds of writes of a load. */
export type LoadMix = {readonly [intent in IntentType]?: number};

export interface LoadAction {
  readonly type: 'load';
  readonly perSecond: number;
  readonly forMs: number;
  /** Written keys are `load:1` to `load:KEYS`. */
  readonly keys: number;
  readonly mix: LoadMix;
  readonly at: Target;
  /** True if the line ended in `&`: the next command does not wait for the end of the load. */
  readonly background: boolean;
}

export type LinkChange = Partial<Omit<LinkRule, 'cut' | 'hold'>>;

export type ClockChange = {readonly offsetMs: number} | {readonly driftPpm: number};

export type Action =
  | WriteAction
  | TxnAction
  /** At least two writes at different leaders. No leader sees another's write before all are acknowledged. */
  | {readonly type: 'concurrently'; readonly writes: readonly (WriteAction | TxnAction)[]}
  | {readonly type: 'read'; readonly key: Key; readonly at: Target}
  | {readonly type: 'keys'; readonly glob: string; readonly at: Target}
  | {readonly type: 'kill' | 'restart' | 'pause' | 'resume'; readonly leaders: readonly LeaderId[]}
  /**
   * Replaces the offset (ahead of true time, may be negative) or the drift; the other stays. `reset` sets
   * both to 0.
   */
  | {readonly type: 'clock'; readonly leaders: readonly LeaderId[]; readonly change: ClockChange | 'reset'}
  /** A new leader, or one that left before. `from` gives it the operations of leaders that are gone. */
  | {readonly type: 'join'; readonly leader: LeaderId; readonly from: LeaderId | undefined}
  /** The leader takes no more writes, hands over its operations, and ends. */
  | {readonly type: 'leave'; readonly leader: LeaderId}
  /**
   * A leader that halted on a conflict gives up the operation that it could not apply, and continues. Without
   * `origin`, it gives up the operations of all origins that it halted on.
   */
  | {readonly type: 'skip'; readonly origin: LeaderId | undefined; readonly at: Target}
  | {readonly type: 'cut' | 'hold' | 'release' | 'reset'; readonly links: readonly LinkSelector[]}
  /** Removes every fault of these links, or of all links. The links get back their first latencies. */
  | {readonly type: 'heal'; readonly links: readonly LinkSelector[] | 'all'}
  /** Cuts every link between leaders of different groups; a leader in no group keeps all its links. */
  | {readonly type: 'partition'; readonly groups: readonly (readonly LeaderId[])[]}
  | {readonly type: 'link'; readonly links: readonly LinkSelector[]; readonly change: LinkChange | 'clear'}
  | {readonly type: 'topology'; readonly topology: TopologySpec}
  /** `at`: the leaders named, or the whole cluster. */
  | {readonly type: 'resolver'; readonly resolver: ResolverSpec; readonly at: readonly LeaderId[] | 'cluster'}
  | {readonly type: 'forward'; readonly forward: Forward}
  | {readonly type: 'loopguard'; readonly on: boolean}
  | {readonly type: 'delivery'; readonly delivery: Delivery}
  | {readonly type: 'ack'; readonly ack: AckMode}
  | LoadAction
  /**
   * Virtual time only. `runs`: time passes by itself, at the speed of real time. Otherwise it stands still
   * until a command waits or steps.
   */
  | {readonly type: 'time'; readonly runs: boolean}
  /** Lets time pass until the next message that is not a heartbeat has arrived, or by this much. */
  | {readonly type: 'step'; readonly by: 'message' | {readonly ms: number}}
  /** Goes back to before the last command that changed anything or let time pass. */
  | {readonly type: 'back'}
  /** The next message on this link arrives now, or never. */
  | {readonly type: 'deliver' | 'drop'; readonly link: LinkId}
  /** The inverse of a link fault: restores exactly these rules. Made by `undo`, never typed. */
  | {readonly type: 'restore-rules'; readonly rules: {readonly [link: LinkId]: LinkRule}}
  /**
   * The inverse of `resolver`: restores the resolver of the cluster and those of leaders that differ. Made by
   * `undo`, never typed.
   */
  | {
      readonly type: 'restore-resolvers';
      readonly resolver: ResolverSpec;
      readonly exceptions: {readonly [leader: LeaderId]: ResolverSpec};
    }
  | {readonly type: 'state'}
  /** Shows the present value of a setting. */
  | {readonly type: 'setting'; readonly setting: SettingName}
  /** Compares these leaders, or all live leaders. */
  | {readonly type: 'diff'; readonly leaders: readonly LeaderId[] | undefined}
  | {readonly type: 'conflicts'; readonly filter: ConflictFilter; readonly format: 'list' | 'csv' | 'jsonl'}
  | {readonly type: 'explain'; readonly id: number}
  | {readonly type: 'compare'; readonly key: Key}
  | {readonly type: 'why'; readonly key: Key; readonly at: Target}
  /**
   * `upTo` leaves out the operations that it does not cover. `isWhole`: the answer must have all operations,
   * because a check judges them; otherwise the newest are enough.
   */
  | {
      readonly type: 'log';
      readonly at: Target;
      readonly key: Key | undefined;
      readonly upTo?: VersionVector;
      readonly isWhole?: true;
    }
  | {readonly type: 'lag'}
  | {readonly type: 'wait-converged'; readonly withinMs: number}
  /** Waits until every load in the background has ended. */
  | {readonly type: 'wait-load'}
  | {readonly type: 'sleep'; readonly ms: number}
  | {readonly type: 'expect'; readonly check: Check}
  | {readonly type: 'focus'; readonly leader: LeaderId}
  | {readonly type: 'undo'}
  /** For the guide of the open lab. */
  | {readonly type: 'next' | 'hint' | 'redo' | 'keep'}
  /** Answers the open question of a guided lab. `choice` counts from 1. */
  | {readonly type: 'choose'; readonly choice: number}
  | {readonly type: 'help'; readonly topic: string | undefined}
  | {readonly type: 'quit'};

export type ActionType = Action['type'];

/** What holds for every action of a type. */
interface ActionTraits {
  /** What carries it out. `virtual time`: an engine whose time is virtual. `guide`: an open guided lab. */
  readonly by: 'engine' | 'virtual time' | 'session' | 'guide';
  /** `undo` can take it back. */
  readonly isUndoable?: true;
  /** The engine carries it out, and nothing changes in the cluster. */
  readonly isReadOnly?: true;
  /** It only shows or checks something, and no later command depends on it. */
  readonly isShowOnly?: true;
  /** Faults make unknown outcomes normal for it, so a run does not count them as failed. */
  readonly mayBeUnknown?: true;
  /** It takes long, and a signal can stop it early. */
  readonly isInterruptible?: true;
}

const ACTION_TRAITS = {
  write: {by: 'engine', mayBeUnknown: true},
  txn: {by: 'engine', mayBeUnknown: true},
  concurrently: {by: 'engine', mayBeUnknown: true},
  read: {by: 'engine', isReadOnly: true},
  keys: {by: 'engine', isReadOnly: true},
  kill: {by: 'engine', isUndoable: true},
  restart: {by: 'engine'},
  pause: {by: 'engine', isUndoable: true},
  resume: {by: 'engine'},
  clock: {by: 'engine', isUndoable: true},
  join: {by: 'engine', isInterruptible: true},
  leave: {by: 'engine', isUndoable: true, isInterruptible: true},
  skip: {by: 'engine'},
  cut: {by: 'engine', isUndoable: true},
  hold: {by: 'engine', isUndoable: true},
  release: {by: 'engine'},
  reset: {by: 'engine'},
  heal: {by: 'engine', isUndoable: true},
  partition: {by: 'engine', isUndoable: true},
  link: {by: 'engine', isUndoable: true},
  'restore-rules': {by: 'engine'},
  topology: {by: 'engine', isUndoable: true},
  resolver: {by: 'engine', isUndoable: true},
  'restore-resolvers': {by: 'engine'},
  forward: {by: 'engine', isUndoable: true},
  loopguard: {by: 'engine', isUndoable: true},
  delivery: {by: 'engine', isUndoable: true},
  ack: {by: 'engine', isUndoable: true},
  load: {by: 'engine', mayBeUnknown: true, isInterruptible: true},
  log: {by: 'engine', isReadOnly: true, isShowOnly: true},
  time: {by: 'virtual time'},
  step: {by: 'virtual time'},
  back: {by: 'virtual time'},
  deliver: {by: 'virtual time'},
  drop: {by: 'virtual time'},
  state: {by: 'session', isShowOnly: true},
  setting: {by: 'session', isShowOnly: true},
  diff: {by: 'session', isShowOnly: true},
  conflicts: {by: 'session', isShowOnly: true},
  explain: {by: 'session', isShowOnly: true},
  compare: {by: 'session', isShowOnly: true},
  why: {by: 'session', isShowOnly: true},
  lag: {by: 'session', isShowOnly: true},
  'wait-converged': {by: 'session'},
  'wait-load': {by: 'session', mayBeUnknown: true},
  sleep: {by: 'session'},
  expect: {by: 'session', isShowOnly: true},
  focus: {by: 'session'},
  undo: {by: 'session'},
  help: {by: 'session', isShowOnly: true},
  quit: {by: 'session', isShowOnly: true},
  next: {by: 'guide'},
  choose: {by: 'guide'},
  hint: {by: 'guide'},
  redo: {by: 'guide'},
  keep: {by: 'guide'},
} as const satisfies {readonly [type in ActionType]: ActionTraits};

type TypeBy<By extends ActionTraits['by']> = {
  [type in ActionType]: (typeof ACTION_TRAITS)[type]['by'] extends By ? type : never;
}[ActionType];

/** The members of the union for these types; unlike `Extract` also where a member has several types. */
export type ActionOf<Type extends ActionType, Member extends Action = Action> = Member extends Action
  ? Type extends Member['type']
    ? Member
    : never
  : never;

export type EngineActionType = TypeBy<'engine' | 'virtual time'>;
export type TimeActionType = TypeBy<'virtual time'>;

/** What an engine may be asked to carry out. The session and the guide of a lab make the rest of these. */
export type EngineAction = ActionOf<EngineActionType>;
/** Actions that only an engine with virtual time can carry out. */
export type TimeAction = ActionOf<TimeActionType>;
/** Actions that need an open guided lab. */
export type GuideAction = ActionOf<TypeBy<'guide'>>;

/**
 * Returns what holds for every action of this type: what carries it out, and whether `undo` can take it
 * back.
 */
export const traitsOf = ({type}: Action): ActionTraits => ACTION_TRAITS[type];

/** True if only an engine with virtual time can carry out the action, such as `step` or `deliver`. */
export const isTimeAction = (action: Action): action is TimeAction => traitsOf(action).by === 'virtual time';

/**
 * True if the guide of an open lab carries out the action, such as `next` or `hint`. Without an open lab,
 * the session refuses it.
 */
export const isGuideAction = (action: Action): action is GuideAction => traitsOf(action).by === 'guide';
