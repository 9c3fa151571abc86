/**
 * The commands that only show something: from the cluster's view, or from what leaders answer. Leaders report
 * what they did a moment later. So these commands measure the cluster first, and no client sees less than
 * what was acknowledged to it.
 */
import {assertNever} from '../base/assert.ts';
import type {Key, LeaderId} from '../base/ids.ts';
import type {Action, SettingName} from '../command/action.ts';
import {showTopology} from '../command/topology.ts';
import {sameResolver, showResolver} from '../core/resolvers/spec.ts';
import {matches} from '../history/conflict-table.ts';
import type {Cluster} from '../port/cluster.ts';
import type {ClusterView, LeaderView} from '../port/view.ts';
import {showJson} from '../report/words/show-value.ts';
import {compareConflict, compareKey, logsOf} from './compare-key.ts';
import {conflictStory} from './conflict-story.ts';
import {diffKeys, readingsOf} from './diff.ts';
import {keyStory} from './key-story.ts';
import {leadersAt, liveLeaders} from './places.ts';
import {type Answer, ok, refused} from './session-answer.ts';

export type QueryAction = Extract<
  Action,
  {type: 'state' | 'setting' | 'diff' | 'conflicts' | 'explain' | 'compare' | 'why' | 'lag'}
>;

export async function query(action: QueryAction, cluster: Cluster, focused: LeaderId): Promise<Answer> {
  await cluster.measure();
  const view = cluster.view();
  switch (action.type) {
    case 'state':
      return ok({type: 'state', leaders: view.leaders});
    case 'setting':
      return ok({
        type: 'setting',
        setting: action.setting,
        value: settingOf(action.setting, view),
        at: exceptionsTo(action.setting, view),
      });
    case 'diff':
      return diff(action.leaders, cluster);
    case 'conflicts':
      return ok({
        type: 'conflicts',
        format: action.format,
        conflicts: view.conflicts.filter(matches(action.filter)),
      });
    case 'explain':
      return explain(action.id, cluster);
    case 'compare':
      return compared(action.key, cluster);
    case 'why':
      return why(action.key, leadersAt(action.at, focused, view), cluster);
    case 'lag':
      return ok({type: 'lag', lags: view.lags, traffic: view.traffic});
    default:
      return assertNever(action);
  }
}

function settingOf(
  setting: SettingName,
  {topology, resolver, forward, loopguard, delivery, ack}: ClusterView,
): string {
  return {
    topology: showTopology(topology),
    resolver: showResolver(resolver),
    forward,
    loopguard: loopguard ? 'on' : 'off',
    delivery,
    ack,
  }[setting];
}

/** Leaders that have a resolver of their own. */
const exceptionsTo = (
  setting: SettingName,
  {leaders, resolver}: ClusterView,
): {readonly [leader: LeaderId]: string} =>
  setting === 'resolver'
    ? Object.fromEntries(
        leaders
          .filter(one => !sameResolver(one.resolver, resolver))
          .map(one => [one.id, showResolver(one.resolver)]),
      )
    : {};

async function diff(leaders: readonly LeaderId[] | undefined, cluster: Cluster): Promise<Answer> {
  const view = cluster.view();
  const dead = view.leaders.find(({id}) => leaders?.includes(id) && !liveLeaders(view).includes(id));
  if (dead !== undefined)
    return refused({
      code: 'not-up',
      message: `${dead.id} is ${dead.status}, so it cannot be read`,
      ...wayBack(dead),
    });
  return ok({type: 'diff', keys: await diffKeys(cluster, leaders)});
}

/** The command that makes this leader answer again. */
const wayBack = ({id, status}: LeaderView): {readonly hint?: string} =>
  status === 'down' ? {hint: `use: restart ${id}`} : status === 'paused' ? {hint: `use: resume ${id}`} : {};

async function explain(id: number, cluster: Cluster): Promise<Answer> {
  const view = cluster.view();
  const {conflicts} = view;
  const conflict = conflicts.find(candidate => candidate.id === id);
  if (conflict === undefined) {
    const [first, last] = [conflicts[0], conflicts.at(-1)];
    const there =
      first === undefined || last === undefined ? 'there are none yet' : thereIs(first.id, last.id);
    return refused({
      code: 'no-such-conflict',
      message: `no conflict ${id}; ${there}`,
      hint: 'conflicts lists them',
    });
  }
  const compared = await compareConflict(cluster, conflict);
  const leaders = view.leaders.map(({id, status}) => ({id, status}));
  const explained = {type: 'explained', conflict, leaders, story: conflictStory(conflict, view)} as const;
  return ok(
    compared.ok
      ? {...explained, comparison: compared.value}
      : {...explained, notCompared: compared.failure.message},
  );
}

const thereIs = (first: number, last: number): string =>
  first === last ? `there is only #${first}` : `there are #${first} to #${last}`;

async function compared(key: Key, cluster: Cluster): Promise<Answer> {
  const answer = await compareKey(cluster, key);
  if (!answer.ok) return refused(answer.failure);
  const comparison = answer.value;
  if (comparison === undefined) return nobodyAnswers(cluster.view());
  if (comparison === 'no-write')
    return noSuchKey(`${showJson(key)} does not exist: no live leader has a write to it`);
  if (comparison === 'deleted') return noSuchKey(`${showJson(key)} does not exist: it was only ever deleted`);
  return ok({type: 'compared', comparison});
}

const noSuchKey = (message: string): Answer =>
  refused({code: 'no-such-key', message, hint: 'keys lists the keys'});

async function why(key: Key, leaders: readonly LeaderId[], cluster: Cluster): Promise<Answer> {
  const [leader, ...others] = leaders;
  if (leader === undefined || others.length > 0)
    return refused({
      code: 'one-leader',
      message: 'why takes one leader at a time',
      hint: `as in: why ${showJson(key)} @${leader}`,
    });
  const [logs, readings] = await Promise.all([
    logsOf(cluster, key, [leader]),
    readingsOf(cluster, key, {type: 'leaders', leaders: [leader]}, leader),
  ]);
  if (!logs.ok) return refused(logs.failure);
  const [log] = logs.value;
  const view = cluster.view();
  const at = view.leaders.find(({id}) => id === leader);
  const reading = readings[leader];
  if (log === undefined || reading === undefined || at === undefined)
    return refused({
      code: 'not-up',
      message: `${leader} ${at === undefined ? 'is not a leader' : `does not answer: it is ${at.status}`}`,
    });
  if (log.ops.length === 0)
    return noSuchKey(`${showJson(key)} does not exist at ${leader}: it has no write to it`);
  const story = keyStory({
    key,
    leader,
    ops: log.ops,
    resolver: at.resolver,
    reading,
    conflicts: view.conflicts,
    server: cluster.serverReadings?.(key)?.[leader],
  });
  return ok({type: 'why', key, leader, reading, story});
}

const nobodyAnswers = (view: ClusterView): Answer =>
  refused({
    code: 'not-up',
    message: liveLeaders(view).length === 0 ? 'no leader is up' : 'no leader answers',
  });
