/**
 * Action -> the text that a person would have typed for it. Reading that text gives the action again, except
 * for `restore-rules` and `restore-resolvers`, which are only ever made by `undo`.
 */

import {assertNever} from '../base/assert.ts';
import type {LeaderId, LinkId} from '../base/ids.ts';
import {type ResolverSpec, showResolver} from '../core/resolvers/spec.ts';
import type {LinkRule} from '../faults/rule.ts';
import {
  type Action,
  type ConflictFilter,
  type EngineAction,
  type LoadAction,
  showLinks,
  showTopology,
  type WriteAction,
} from './action.ts';
import {showChange} from './grammar/arg-link.ts';
import {KINDS} from './grammar/kinds.ts';
import {showDuration, showPath, showWord} from './grammar/quote.ts';
import {showCheck} from './show-check.ts';
import {folded, optionalKey, showExpected, showIntent, showTarget} from './show-parts.ts';

export function showAction(action: Action): string {
  switch (action.type) {
    case 'write':
      return showWrite(action);
    case 'txn':
      return (
        'txn ' +
        `${action.writes.map(({key, intent}) => showIntent(key, intent)).join(', ')}${showTarget(action.at)}`
      );
    case 'concurrently':
      return action.writes.map(showAction).join(' || ');
    case 'load':
      return showLoad(action);
    case 'read':
      return `get ${showWord(action.key)}${showTarget(action.at)}`;
    case 'keys':
      return `keys ${action.glob === '*' ? '*' : showWord(action.glob)}${showTarget(action.at)}`;
    case 'kill':
    case 'restart':
    case 'pause':
    case 'resume':
      return `${action.type} ${action.leaders.join(' ')}`;
    case 'time':
      return action.runs ? 'resume' : 'pause';
    case 'step':
      return action.by === 'message' ? 'step' : `step ${showDuration(action.by.ms)}`;
    case 'back':
      return 'back';
    case 'deliver':
    case 'drop':
      return `${action.type} ${action.link}`;
    case 'clock':
      return `clock ${action.leaders.join(' ')} ${showClock(action.change)}`;
    case 'join':
      return `join ${action.leader}${action.from === undefined ? '' : ` from ${action.from}`}`;
    case 'leave':
      return `leave ${action.leader}`;
    case 'skip':
      return `skip${action.origin === undefined ? '' : ` ${action.origin}`}${showTarget(action.at)}`;
    case 'cut':
    case 'hold':
    case 'release':
    case 'reset':
      return `${action.type} ${showLinks(action.links)}`;
    case 'heal':
      return action.links === 'all' ? 'heal' : `heal ${showLinks(action.links)}`;
    case 'partition':
      return `partition ${action.groups.map(group => group.join(' ')).join(' / ')}`;
    case 'link':
      return `link ${showLinks(action.links)} ${showChange(action.change)}`;
    case 'restore-rules':
      return showRestored(action.rules);
    case 'topology':
    case 'resolver':
    case 'restore-resolvers':
    case 'forward':
    case 'loopguard':
    case 'delivery':
    case 'ack':
      return showSetting(action);
    default:
      return showRest(action);
  }
}

/** Says what happens to the links, because undoing a heal cuts them again and must not read like a repair. */
function showRestored(rules: {readonly [link: LinkId]: LinkRule}): string {
  const all = Object.entries(rules) as [LinkId, LinkRule][];
  const those = (wanted: (rule: LinkRule) => boolean): LinkId[] =>
    all.filter(([, rule]) => wanted(rule)).map(([id]) => id);
  const [cut, held, others] = [
    those(rule => rule.cut),
    those(rule => rule.hold && !rule.cut),
    those(rule => !rule.cut && !rule.hold),
  ];
  return [
    ...(cut.length === 0 ? [] : [`cut ${showLinks(folded(cut))} again`]),
    ...(held.length === 0 ? [] : [`hold ${showLinks(folded(held))} again`]),
    ...(others.length === 0 ? [] : [`restore ${showLinks(folded(others))}`]),
  ].join(', ');
}

type Setting = Extract<
  Action,
  {type: 'topology' | 'resolver' | 'restore-resolvers' | 'forward' | 'loopguard' | 'delivery' | 'ack'}
>;

function showSetting(action: Setting): string {
  switch (action.type) {
    case 'topology':
      return `topology ${showTopology(action.topology)}`;
    case 'resolver':
      return `resolver ${showSpec(action.resolver)}${action.at === 'cluster' ? '' : ` @${action.at.join(',')}`}`;
    case 'restore-resolvers':
      return [
        'resolver',
        [showResolver(action.resolver), ...showExceptions(action.exceptions)].join(', '),
      ].join(' ');
    case 'forward':
      return `forward ${action.forward}`;
    case 'loopguard':
      return `loopguard ${action.on ? 'on' : 'off'}`;
    case 'delivery':
      return `delivery ${action.delivery}`;
    case 'ack':
      return `ack ${action.ack}`;
    default:
      return assertNever(action);
  }
}

/** Looks, waits, checks and the session's own. */
function showRest(action: Exclude<Action, EngineAction> | Extract<Action, {type: 'log'}>): string {
  switch (action.type) {
    case 'setting':
      return action.setting;
    case 'diff':
      return action.leaders === undefined ? 'diff' : `diff ${action.leaders.join(' ')}`;
    case 'conflicts':
      return `conflicts${showFilter(action.filter)}${action.format === 'list' ? '' : ` --${action.format}`}`;
    case 'explain':
      return `explain ${action.id}`;
    case 'compare':
      return `compare ${showWord(action.key)}`;
    case 'why':
      return `why ${showWord(action.key)}${showTarget(action.at)}`;
    case 'log':
      // Quoted, the key is never taken for a leader.
      return `log${showTarget(action.at)}${action.key === undefined ? '' : ` ${JSON.stringify(action.key)}`}`;
    case 'wait-converged':
      return `wait converged ${showDuration(action.withinMs)}`;
    case 'wait-load':
      return 'wait load';
    case 'sleep':
      return `sleep ${showDuration(action.ms)}`;
    case 'expect':
      return `expect ${showCheck(action.check)}`;
    case 'focus':
      return `focus ${action.leader}`;
    case 'help':
      return action.topic === undefined ? 'help' : `help ${action.topic}`;
    case 'choose':
      return `choose ${action.choice}`;
    case 'state':
    case 'lag':
    case 'undo':
    case 'next':
    case 'hint':
    case 'redo':
    case 'keep':
    case 'quit':
      return action.type;
    default:
      return assertNever(action);
  }
}

function showWrite({key, intent, at, guard}: WriteAction): string {
  const condition = guard === undefined ? '' : ` if ${showWord(guard.key)} = ${showExpected(guard.expected)}`;
  return `${showIntent(key, intent)}${showTarget(at)}${condition}`;
}

function showLoad({perSecond, forMs, keys, mix, at, background}: LoadAction): string {
  const kinds = KINDS.filter(kind => mix[kind] !== undefined).map(kind => `${kind}:${mix[kind]}`);
  const mixed = kinds.join() === 'set:1' ? '' : ` mix=${kinds.join()}`;
  return (
    `load ${perSecond}/s for ${showDuration(forMs)} ` +
    `keys=${keys}${mixed}${showTarget(at)}${background ? ' &' : ''}`
  );
}

function showClock(change: Extract<Action, {type: 'clock'}>['change']): string {
  if (change === 'reset') return change;
  if ('driftPpm' in change) return `drift ${change.driftPpm}ppm`;
  return `${change.offsetMs < 0 ? '-' : '+'}${showDuration(Math.abs(change.offsetMs))}`;
}

/** With the whole path of a module, since it is to be read again. */
const showSpec = (spec: ResolverSpec): string =>
  spec.name === 'custom' ? `custom ${showPath(spec.file)}` : showResolver(spec);

const showExceptions = (exceptions: {readonly [leader: LeaderId]: ResolverSpec}): string[] =>
  Object.entries(exceptions).map(([leader, spec]) => `${showResolver(spec)} @${leader}`);

function showFilter({key, kind, leader, relation, lost}: ConflictFilter): string {
  // Bare, this key would be taken for the filter.
  const name = key === 'lost' ? ' "lost"' : optionalKey(key);
  const named = Object.entries({kind, leader, relation}).flatMap(([filter, value]) =>
    value === undefined ? [] : [` ${filter}=${value}`],
  );
  return `${name}${named.join('')}${lost ? ' lost' : ''}`;
}
