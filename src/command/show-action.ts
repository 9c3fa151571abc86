/**
 * Action -> the text that a person would have typed for it. Reading that text gives the action again, except for `restore-rules`,
 * which is only ever made by `undo`.
 */
import {assertNever} from '../base/assert.ts';
import {type LeaderId, type LinkId, linkEnds, linkId} from '../base/ids.ts';
import {showResolver} from '../core/resolvers/spec.ts';
import type {Action, Check, EngineAction, LinkSelector, Target, WriteAction} from './action.ts';
import {showDuration, showValue, showWord} from './quote.ts';

export function showAction(action: Action): string {
  switch (action.type) {
    case 'write':
      return showWrite(action);
    case 'concurrently':
      return action.writes.flatMap(write => (write.type === 'write' ? [showWrite(write)] : [])).join(' || ');
    case 'read':
      return `get ${showWord(action.key)}${showTarget(action.at)}`;
    case 'keys':
      return `keys ${action.glob === '*' ? '*' : showWord(action.glob)}${showTarget(action.at)}`;
    case 'kill':
    case 'restart':
    case 'pause':
    case 'resume':
      return `${action.type} ${action.leaders.join(' ')}`;
    case 'cut':
    case 'hold':
    case 'release':
      return `${action.type} ${showLinks(action.links)}`;
    case 'heal':
      return action.links === 'all' ? 'heal' : `heal ${showLinks(action.links)}`;
    case 'partition':
      return `partition ${action.groups.map(group => group.join(' ')).join(' / ')}`;
    case 'link':
      return `link ${showLinks(action.links)} ${showChange(action.change)}`;
    case 'restore-rules':
      return `restore ${showLinks(folded(Object.keys(action.rules) as LinkId[]))}`;
    case 'txn':
    case 'clock':
    case 'join':
    case 'leave':
    case 'skip':
    case 'reset':
    case 'restore-resolvers':
    case 'forward':
    case 'loopguard':
    case 'delivery':
    case 'ack':
    case 'load':
    case 'compare':
    case 'why':
    case 'lag':
    case 'wait-load':
      return action.type;
    default:
      return showRest(action);
  }
}

type Shown =
  | Exclude<EngineAction, {type: 'topology' | 'resolver' | 'log'}>
  | Extract<Action, {type: 'compare' | 'why' | 'lag' | 'wait-load'}>;

/** Settings, looks, waits and the session's own. */
function showRest(action: Exclude<Action, Shown>): string {
  switch (action.type) {
    case 'topology':
      return `topology ${action.topology.name}`;
    case 'resolver':
      return `resolver ${showResolver(action.resolver)}`;
    case 'conflicts':
      return `conflicts${optionalKey(action.filter.key)}`;
    case 'explain':
      return `explain ${action.id}`;
    case 'log':
      // Quoted, the key is never taken for a leader.
      return `log${showTarget(action.at)}${action.key === undefined ? '' : ` ${JSON.stringify(action.key)}`}`;
    case 'wait-converged':
      return `wait converged ${showDuration(action.withinMs)}`;
    case 'sleep':
      return `sleep ${showDuration(action.ms)}`;
    case 'expect':
      return `expect ${showCheck(action.check)}`;
    case 'focus':
      return `focus ${action.leader}`;
    case 'help':
      return action.topic === undefined ? 'help' : `help ${action.topic}`;
    case 'state':
    case 'diff':
    case 'undo':
    case 'quit':
      return action.type;
    default:
      return assertNever(action);
  }
}

function showWrite({key, intent, at}: WriteAction): string {
  const end = `${showWord(key)}${showIntent(intent)}${showTarget(at)}`;
  return `${intent.type} ${end}`;
}

function showIntent(intent: WriteAction['intent']): string {
  switch (intent.type) {
    case 'set':
      return ` ${showValue(intent.value)}`;
    case 'del':
      return '';
    case 'incr':
      return intent.by === 1 ? '' : ` ${intent.by}`;
    case 'sadd':
    case 'srem':
      return ` ${showValue(intent.element)}`;
    case 'hset':
      return ` ${showWord(intent.field)} ${showValue(intent.value)}`;
    default:
      return assertNever(intent);
  }
}

export function showCheck(check: Check): string {
  switch (check.type) {
    case 'get':
      return `get ${showWord(check.key)}${showTarget(check.at)} = ${'value' in check.expected ? showValue(check.expected.value) : 'absent'}`;
    case 'siblings':
      return `siblings ${showWord(check.key)}${showTarget(check.at)} ${check.compare} ${check.count}`;
    case 'converged':
      return check.withinMs === 0 ? 'converged' : `converged within ${showDuration(check.withinMs)}`;
    case 'diverged':
      return `diverged${optionalKey(check.key)}`;
    case 'conflicts':
    case 'lost':
      return `${check.type}${optionalKey(check.key)} ${check.compare} ${check.count}`;
    case 'up':
    case 'down':
      return `${check.type} ${check.leader}`;
    case 'lag':
      return `lag ${check.percentile} ${check.compare} ${showDuration(check.ms)}`;
    case 'messages-per-op':
      return `messages-per-op ${check.compare} ${check.count}`;
    case 'outcome':
      return `outcome ${check.expected}`;
    default:
      return assertNever(check);
  }
}

function showTarget(target: Target): string {
  if (target.type === 'focused') return '';
  return target.type === 'all' ? ' @all' : ` @${target.leaders.join(',')}`;
}

const optionalKey = (key: string | undefined): string => (key === undefined ? '' : ` ${showWord(key)}`);

const showLinks = (links: readonly LinkSelector[]): string => links.map(({a, b, both}) => `${a}${both ? '-' : '>'}${b}`).join(' ');

function showChange(change: Extract<Action, {type: 'link'}>['change']): string {
  if (change === 'clear') return 'clear';
  const settings = [
    ...(change.latencyMs === undefined ? [] : [`latency ${showDuration(change.latencyMs)}`]),
    ...(change.jitterMs === undefined ? [] : [`jitter ${showDuration(change.jitterMs)}`]),
  ];
  return settings.join(' ');
}

/** Directed links as selectors: the two directions of a pair become one. */
function folded(ids: readonly LinkId[]): LinkSelector[] {
  const place = (from: LeaderId, to: LeaderId) => ids.indexOf(linkId(from, to));
  return ids
    .map(linkEnds)
    .filter(({from, to}, i) => place(to, from) < 0 || place(to, from) > i)
    .map(({from, to}) => ({a: from, b: to, both: place(to, from) >= 0}));
}
