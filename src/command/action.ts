/**
 * What a command asks for: the closed union between the command language and everything that carries commands out.
 * Plain data: a recording, a test or a key press can make one as well as the parser.
 */
import type {Key, LeaderId, LinkId} from '../base/ids.ts';
import type {Json} from '../base/json.ts';
import type {Intent} from '../core/op.ts';
import type {ResolverName} from '../core/resolvers/index.ts';
import type {LinkRule} from '../faults/rule.ts';

/** Leaders named after `@`; `focused` where none was named. */
export type Target =
  | {readonly type: 'focused'}
  | {readonly type: 'all'}
  | {readonly type: 'leaders'; readonly leaders: readonly LeaderId[]};

/** `us>eu` names one direction, `us-eu` both. */
export interface LinkSelector {
  readonly a: LeaderId;
  readonly b: LeaderId;
  readonly both: boolean;
}

export interface WriteAction {
  readonly type: 'write';
  readonly key: Key;
  readonly intent: Intent;
  readonly at: Target;
}

export const TOPOLOGIES = ['mesh', 'ring'] as const;
export type TopologyName = (typeof TOPOLOGIES)[number];

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** A check of `expect`; durations in ms. */
export type Check =
  | {readonly type: 'get'; readonly key: Key; readonly at: Target; readonly expected: {readonly value: Json} | {readonly absent: true}}
  | {readonly type: 'siblings'; readonly key: Key; readonly at: Target; readonly compare: Comparison; readonly count: number}
  | {readonly type: 'converged'; readonly withinMs: number}
  | {readonly type: 'diverged'; readonly key: Key | undefined}
  | {readonly type: 'conflicts'; readonly key: Key | undefined; readonly compare: Comparison; readonly count: number}
  | {readonly type: 'lost'; readonly key: Key | undefined; readonly compare: Comparison; readonly count: number}
  | {readonly type: 'up'; readonly leader: LeaderId}
  | {readonly type: 'down'; readonly leader: LeaderId}
  /** Of the command before. */
  | {readonly type: 'outcome'; readonly expected: 'ok' | 'fail' | 'info'};

export type Action =
  | WriteAction
  /** At least two, at different leaders: no one sees another's write before all are acknowledged. */
  | {readonly type: 'concurrently'; readonly writes: readonly WriteAction[]}
  | {readonly type: 'read'; readonly key: Key; readonly at: Target}
  | {readonly type: 'keys'; readonly glob: string; readonly at: Target}
  | {readonly type: 'kill' | 'restart' | 'pause' | 'resume'; readonly leaders: readonly LeaderId[]}
  | {readonly type: 'cut' | 'hold' | 'release'; readonly links: readonly LinkSelector[]}
  /** Every fault of these links is taken away, or of all links; the latencies the lab started with return. */
  | {readonly type: 'heal'; readonly links: readonly LinkSelector[] | 'all'}
  /** Cuts every link between leaders of different groups; a leader in no group keeps all its links. */
  | {readonly type: 'partition'; readonly groups: readonly (readonly LeaderId[])[]}
  | {
      readonly type: 'link';
      readonly links: readonly LinkSelector[];
      readonly change: Partial<Pick<LinkRule, 'latencyMs' | 'jitterMs'>> | 'clear';
    }
  | {readonly type: 'topology'; readonly topology: TopologyName}
  | {readonly type: 'resolver'; readonly resolver: ResolverName}
  /** The inverse of a link fault: these rules again, exactly. Made by `undo`, never typed. */
  | {readonly type: 'restore-rules'; readonly rules: {readonly [link: LinkId]: LinkRule}}
  | {readonly type: 'state'}
  | {readonly type: 'diff'}
  | {readonly type: 'conflicts'; readonly key: Key | undefined}
  | {readonly type: 'explain'; readonly id: number}
  | {readonly type: 'log'; readonly at: Target; readonly key: Key | undefined}
  | {readonly type: 'wait-converged'; readonly withinMs: number}
  | {readonly type: 'sleep'; readonly ms: number}
  | {readonly type: 'expect'; readonly check: Check}
  | {readonly type: 'focus'; readonly leader: LeaderId}
  | {readonly type: 'undo'}
  | {readonly type: 'help'; readonly topic: string | undefined}
  | {readonly type: 'quit'};

export type ActionType = Action['type'];

/** What an engine may be asked to carry out; the rest (`expect`, `undo`, `help`, …) is made of these by whoever holds the cluster. */
export const ENGINE_ACTIONS = [
  'write',
  'concurrently',
  'read',
  'keys',
  'kill',
  'restart',
  'pause',
  'resume',
  'cut',
  'hold',
  'release',
  'heal',
  'partition',
  'link',
  'restore-rules',
  'topology',
  'resolver',
  'log',
] as const satisfies readonly ActionType[];

export type EngineAction = Extract<Action, {type: (typeof ENGINE_ACTIONS)[number]}>;
