/**
 * The steps that are suggested in turn to a new user, as far as the engine offers them: two writes at once, a
 * dead leader, a cut link, resolvers, clocks, topologies; single messages in virtual time.
 */
import type {LinkId} from '../../../base/ids.ts';
import type {Action, ActionType} from '../../../command/action.ts';
import {showWord} from '../../../command/grammar/quote.ts';
import type {ResolverName} from '../../../core/resolvers/spec.ts';
import type {ClusterView, LeaderStatus, LeaderView, LinkView, Offers} from '../../../port/view.ts';
import {isCut, pairsOf} from '../links/pairs.ts';
import {isKeptBack} from '../links/virtual-time.ts';

export interface Suggestion {
  readonly command: string;
  readonly why: string;
}

export interface Stage {
  suggest(view: ClusterView): Suggestion | undefined;
  /**
   * True if the cluster or the command just carried out shows that the step was done, or that it no longer
   * applies.
   */
  isDone(view: ClusterView, action: Action | undefined): boolean;
  /** Commands that count as this step even when its turn has not come. */
  readonly ahead: readonly ActionType[];
  /**
   * The faults that may be present while this step is suggested. For any other fault the suggestion is its
   * repair.
   */
  readonly despite?: readonly Matter[];
  /** The step is left out if the engine lacks this. */
  readonly needs?: ResolverName | 'clocks' | 'ring';
}

type Matter = 'down' | 'paused' | 'cut';
const ANYTHING: readonly Matter[] = ['down', 'paused', 'cut'];

export const withStatus = ({leaders}: ClusterView, wanted: LeaderStatus): readonly LeaderView[] =>
  leaders.filter(({status}) => status === wanted);
export const anyDown = (view: ClusterView): boolean => withStatus(view, 'down').length > 0;
export const anyCut = (view: ClusterView): boolean => pairsOf(view).some(isCut);
/**
 * The first of the leaders that are up. A suggestion names only leaders that are up, or one that it brings
 * back.
 */
const first = (view: ClusterView): string => withStatus(view, 'up')[0]?.id ?? '';
const second = (view: ClusterView): string => withStatus(view, 'up')[1]?.id ?? '';
const last = (view: ClusterView): string => withStatus(view, 'up').at(-1)?.id ?? '';
const dead = (view: ClusterView): string => withStatus(view, 'down')[0]?.id ?? last(view);
const isSlow = ({clockOffsetMs}: LeaderView): boolean => Math.abs(clockOffsetMs) >= 1;
const anySlow = (view: ClusterView): boolean => view.leaders.some(isSlow);
const slow = (view: ClusterView): string => view.leaders.find(isSlow)?.id ?? second(view);
const isWrite = (action: Action | undefined): boolean =>
  action?.type === 'write' || action?.type === 'concurrently';
const isOneOf = (action: Action | undefined, ...types: ActionType[]): boolean =>
  action !== undefined && types.includes(action.type);

export const restart = (view: ClusterView): Suggestion => ({
  command: `restart ${dead(view)}`,
  why: 'it catches up',
});
export const heal = (): Suggestion => ({command: 'heal', why: 'what waited passes'});

const AT_ONCE: Stage = {
  suggest: view => ({
    command: `set title A @${first(view)} || set title B @${second(view)}`,
    why: 'two leaders accept a write at once',
  }),
  isDone: (view, action) => action?.type === 'concurrently' || view.conflictCount > 0,
  ahead: ['concurrently'],
};

export const EXPLAIN: Stage = {
  suggest: ({conflicts, virtualTime}) =>
    virtualTime?.runs === false && conflicts.length === 0
      ? {command: 'step', why: 'until the writes meet'}
      : {command: `explain ${conflicts.at(-1)?.id ?? 1}`, why: 'who won, who lost, and why'},
  isDone: (_, action) => isOneOf(action, 'explain', 'conflicts'),
  ahead: ['explain'],
  despite: ANYTHING,
};

const STAGES: readonly Stage[] = [
  AT_ONCE,
  EXPLAIN,
  {
    suggest: view => ({command: `kill ${last(view)}`, why: 'the others go on without it'}),
    isDone: anyDown,
    ahead: ['kill'],
  },
  {
    suggest: view => ({command: `set n 1 @${first(view)}`, why: 'a write that the dead leader misses'}),
    isDone: (view, action) => (isWrite(action) && anyDown(view)) || isOneOf(action, 'restart', 'undo'),
    ahead: [],
    despite: ['down'],
  },
  {suggest: restart, isDone: view => !anyDown(view), ahead: [], despite: ['down']},
  {
    suggest: view => ({command: `cut ${first(view)}-${second(view)}`, why: 'nothing passes between them'}),
    isDone: anyCut,
    ahead: ['cut', 'partition'],
  },
  {
    suggest: view => ({command: `set color red @${first(view)}`, why: 'a write on one side'}),
    isDone: (view, action) => (isWrite(action) && anyCut(view)) || isOneOf(action, 'heal', 'undo'),
    ahead: [],
    despite: ['cut'],
  },
  {
    suggest: view => ({
      command: `set color blue @${second(view)}`,
      why: 'and one on the other: watch the queue',
    }),
    isDone: (view, action) =>
      (isWrite(action) && anyCut(view)) || isOneOf(action, 'heal', 'undo') || !anyCut(view),
    ahead: [],
    despite: ['cut'],
  },
  {suggest: heal, isDone: view => !anyCut(view), ahead: ['heal'], despite: ['cut']},
  {
    suggest: () => ({command: 'resolver siblings', why: 'the same history, and nothing is lost'}),
    isDone: ({resolver}) => resolver.name !== 'lww',
    needs: 'siblings',
    ahead: ['resolver'],
  },
  {
    suggest: () => ({command: 'resolver crdt', why: 'counters add up, sets keep both sides'}),
    isDone: ({resolver}) => resolver.name === 'crdt',
    needs: 'crdt',
    ahead: [],
  },
  {
    suggest: view => ({
      command: `incr likes @${first(view)} || incr likes @${second(view)}`,
      why: 'no increment is lost',
    }),
    isDone: (_, action) =>
      action?.type === 'concurrently' &&
      action.writes.every(write => write.type === 'write' && write.intent.type === 'incr'),
    needs: 'crdt',
    ahead: [],
  },
  {
    suggest: ({conflicts}) => ({
      command: `compare ${showWord(conflicts.at(-1)?.key ?? 'likes')}`,
      why: 'what every resolver makes of it',
    }),
    isDone: (_, action) => isOneOf(action, 'compare'),
    ahead: [],
  },
  {
    suggest: () => ({command: 'resolver lww', why: 'back to the highest wall clock'}),
    isDone: ({resolver}) => resolver.name === 'lww',
    needs: 'siblings',
    ahead: [],
  },
  {
    suggest: view => ({command: `clock ${second(view)} -30s`, why: 'its clock runs half a minute behind'}),
    isDone: anySlow,
    needs: 'clocks',
    ahead: [],
  },
  {
    suggest: view => ({command: `set title C @${first(view)}`, why: 'a write by a right clock'}),
    isDone: (view, action) => isWrite(action) || !anySlow(view),
    needs: 'clocks',
    ahead: [],
  },
  {
    suggest: view => ({command: `set title D @${second(view)}`, why: 'it had seen C, and loses to it'}),
    isDone: (view, action) => isWrite(action) || !anySlow(view),
    needs: 'clocks',
    ahead: [],
  },
  {
    suggest: view => ({command: `clock ${slow(view)} reset`, why: 'its clock is right again'}),
    isDone: view => !anySlow(view),
    needs: 'clocks',
    ahead: [],
  },
  {
    suggest: () => ({command: 'topology ring', why: 'each sends to the next, and forwards'}),
    isDone: ({topology}) => topology.name !== 'mesh',
    needs: 'ring',
    ahead: [],
  },
  {
    suggest: () => ({command: 'load 100/s for 10s', why: 'watch lag and traffic'}),
    isDone: (_, action) => isOneOf(action, 'load'),
    ahead: [],
  },
];

const runs = (view: ClusterView): boolean => view.virtualTime?.runs === true;

/** A step that counts as done once a command of these types ran, or once time runs. */
const whileStanding = (command: string, why: string, ...types: ActionType[]): Stage => ({
  suggest: () => ({command, why}),
  isDone: (view, action) => isOneOf(action, ...types) || runs(view),
  ahead: [],
  despite: ANYTHING,
});

/** The link whose message with operations would arrive last. */
function latest({links}: ClusterView): LinkId | undefined {
  const dueMs = ({inFlight}: LinkView): number =>
    Math.max(0, ...inFlight.flatMap(({direction, dueAtMs}) => (direction === 'forth' ? [dueAtMs] : [])));
  const [last] = links
    .filter(link => dueMs(link) > 0 && !isKeptBack(link))
    .sort((a, b) => dueMs(b) - dueMs(a));
  return last?.id;
}

/** The steps in virtual time: only what virtual time adds. */
export const VIRTUAL_STAGES: readonly Stage[] = [
  AT_ONCE,
  whileStanding('step', 'one message at a time', 'step'),
  whileStanding('step', 'and the next', 'step'),
  EXPLAIN,
  whileStanding('back', 'as if that had not happened', 'back'),
  {
    suggest: view => {
      const link = latest(view);
      return link === undefined ? undefined : {command: `deliver ${link}`, why: 'now, ahead of its time'};
    },
    isDone: (view, action) => isOneOf(action, 'deliver', 'drop') || runs(view) || latest(view) === undefined,
    ahead: [],
    despite: ANYTHING,
  },
  whileStanding('resume', 'time runs by itself', 'time'),
];

export function stagesOf(view: ClusterView): readonly Stage[] {
  const {virtualTime, offers, engine} = view;
  if (virtualTime !== undefined) return VIRTUAL_STAGES;
  if (offers === undefined) return STAGES;
  const stages = STAGES.filter(({needs}) => needs === undefined || isOffered(needs, offers));
  return engine === 'postgres' ? [ROW_FIRST, ...stages] : stages;
}

function isOffered(needs: NonNullable<Stage['needs']>, {resolvers, topologies, clocks}: Offers): boolean {
  if (needs === 'clocks') return clocks;
  return needs === 'ring' ? topologies.includes(needs) : resolvers.includes(needs);
}

/** The first step for engines where the insert of an existing row stops the link. */
const ROW_FIRST: Stage = {
  suggest: view => ({
    command: `set title draft @${first(view)}`,
    why: 'a row that both will update: two inserts would stop the link',
  }),
  isDone: (view, action) => isWrite(action) || view.leaders.some(({opCount}) => opCount > 0),
  ahead: [],
};
