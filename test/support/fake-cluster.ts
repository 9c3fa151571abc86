/**
 * A cluster in memory behind the real port: the real fold and log, and replication that happens at once
 * wherever links let it. For testing those who hold a cluster; it knows nothing of processes, sockets or
 * time.
 */
import type {Failure} from '../../src/base/failure.ts';
import {type LeaderId, type LinkId, linkEnds, linkId} from '../../src/base/ids.ts';
import {
  type ActionType,
  ENGINE_ACTIONS,
  type EngineAction,
  type LinkSelector,
  type Target,
  type TopologySpec,
  type WriteAction,
} from '../../src/command/action.ts';
import {acceptIntent} from '../../src/core/fold/accept.ts';
import {Fold} from '../../src/core/fold/fold.ts';
import {isWanted, type Op} from '../../src/core/log/op.ts';
import {seqOf, showDot} from '../../src/core/log/version-vector.ts';
import {offsetAt} from '../../src/core/log/wall-clock.ts';
import {type ResolverSpec, resolverOf} from '../../src/core/resolvers/registry.ts';
import type {Reading} from '../../src/core/state/reading.ts';
import {
  type Settings as ClusterSettings,
  changeSettings,
  clockOf,
  INITIAL,
} from '../../src/engines/shared/model/cluster-settings.ts';
import {CLEAR_RULE, type LinkRule} from '../../src/faults/rule.ts';
import {clockSpells} from '../../src/history/clock-history.ts';
import type {Conflict} from '../../src/history/conflict.ts';
import type {Cluster, EngineResult, Measurement, Outcome, WriteReport} from '../../src/port/cluster.ts';
import type {ClusterView, LeaderStatus} from '../../src/port/view.ts';
import {FakeClock} from './fake-clock.ts';
import {type FakeLeader, leaderView, linkView, newLeader, noteConflict, QUIET} from './fake-view.ts';

type Settings = Pick<ClusterView, 'forward' | 'loopguard' | 'delivery' | 'ack'>;

const ALL_CAPABILITIES: readonly ActionType[] = ENGINE_ACTIONS.filter(
  type => type !== 'txn' && type !== 'skip' && type !== 'reset',
);
const NO_ACTION: Failure = {code: 'refused', message: 'no such link', hint: 'links shows them'};

/** A cluster without processes and without time: each action is complete when `execute` resolves. */
export class FakeCluster implements Cluster {
  readonly engine = 'native';
  readonly clock = new FakeClock();
  readonly capabilities: ReadonlySet<ActionType>;
  /** All actions that it received, in order. */
  readonly executed: EngineAction[] = [];
  closed = false;
  /** Leaders that are up and do not answer `measure`. */
  readonly silent = new Set<LeaderId>();
  /** Fields of the view that replace those of this cluster, for figures that it does not compute. */
  over: Partial<ClusterView> = {};
  #leaders: readonly FakeLeader[];
  #settings: Settings = {forward: 'own', loopguard: true, delivery: 'fifo', ack: 'local'};
  #endLoads: () => void = () => undefined;
  #loadsMayEnd: Promise<void> = Promise.resolve();
  #rules = new Map<LinkId, LinkRule>();
  #topology: TopologySpec = {name: 'mesh'};
  #resolver: ResolverSpec = {name: 'lww'};
  #conflicts = new Map<string, Conflict>();
  #clocks: ClusterSettings;
  #now = 1000;

  constructor(ids: readonly LeaderId[], without: readonly ActionType[] = []) {
    this.capabilities = new Set(ALL_CAPABILITIES.filter(type => !without.includes(type)));
    this.#leaders = ids.map(newLeader);
    this.#clocks = {...INITIAL, members: ids};
    this.#link({name: 'mesh'});
  }

  async execute(action: EngineAction, focused: LeaderId, signal?: AbortSignal): Promise<Outcome> {
    this.executed.push(action);
    switch (action.type) {
      case 'write':
        return this.#written(this.#accept(action, focused));
      case 'concurrently':
        return this.#written(
          action.writes.flatMap(write => (write.type === 'write' ? this.#accept(write, focused) : [])),
        );
      case 'read':
        return ok({
          type: 'values',
          key: action.key,
          applied: {},
          values: this.#each(action.at, focused, ({fold}): Reading => fold.read(action.key)),
        });
      case 'keys':
        return ok({type: 'keys', keys: this.#each(action.at, focused, ({fold}) => [...fold.keys()])});
      case 'log':
        return ok({
          type: 'log',
          ops: this.#each(action.at, focused, ({log}) => log.arrivals.filter(isWanted(action))),
        });
      case 'kill':
        return this.#become('down', action.leaders);
      case 'restart':
      case 'resume':
        return this.#become('up', action.leaders);
      case 'pause':
        return this.#become('paused', action.leaders);
      case 'load':
        return this.#load(action.perSecond, signal);
      default:
        return this.#change(action);
    }
  }

  #change(action: EngineAction): Outcome {
    switch (action.type) {
      case 'cut':
        return this.#setRules(action.links, rule => ({...rule, cut: true}));
      case 'hold':
        return this.#setRules(action.links, rule => ({...rule, hold: true}));
      case 'release':
        return this.#setRules(action.links, rule => ({...rule, hold: false}));
      case 'heal':
        return this.#setRules(action.links, () => CLEAR_RULE);
      case 'link': {
        const {change} = action;
        return this.#setRules(action.links, rule => (change === 'clear' ? CLEAR_RULE : {...rule, ...change}));
      }
      case 'partition': {
        const groupOf = (id: LeaderId) => action.groups.findIndex(group => group.includes(id));
        const isBetween = ({a, b}: LinkSelector) =>
          groupOf(a) >= 0 && groupOf(b) >= 0 && groupOf(a) !== groupOf(b);
        return this.#setRules(this.#selectors().filter(isBetween), rule => ({...rule, cut: true}));
      }
      case 'restore-rules':
        return this.#setRules(this.#selectors(), (rule, id) => action.rules[id] ?? rule);
      default:
        return this.#set(action);
    }
  }

  #set(action: EngineAction): Outcome {
    switch (action.type) {
      case 'topology':
        this.#link(action.topology);
        this.#settings = {...this.#settings, forward: action.topology.name === 'mesh' ? 'own' : 'all'};
        return this.#changed(`topology ${action.topology.name}`);
      case 'resolver':
        if (action.at === 'cluster') this.#resolver = action.resolver;
        return this.#resolve(({id, resolver}) =>
          action.at === 'cluster' || action.at.includes(id) ? action.resolver : resolver,
        );
      case 'restore-resolvers':
        this.#resolver = action.resolver;
        return this.#resolve(({id}) => action.exceptions[id] ?? action.resolver);
      case 'clock': {
        this.#clocks = changeSettings(this.#clocks, action, this.#now).settings;
        return this.#changed('clocks');
      }
      case 'forward':
      case 'delivery':
      case 'ack':
      case 'loopguard': {
        const {type, ...setting} = action;
        this.#settings = {...this.#settings, ...('on' in setting ? {loopguard: setting.on} : setting)};
        return this.#changed(type);
      }
      case 'join':
        this.#leaders = [...this.#leaders, newLeader(action.leader)];
        return this.#changed(`${action.leader} joined`);
      case 'leave':
        this.#leaders = this.#leaders.filter(({id}) => id !== action.leader);
        return this.#changed(`${action.leader} left`);
      default:
        throw new Error(`the fake cluster has no ${action.type}`);
    }
  }

  #resolve(resolverAt: (leader: FakeLeader) => ResolverSpec): Outcome {
    for (const leader of this.#leaders) {
      leader.resolver = resolverAt(leader);
      leader.fold = new Fold(resolverOf(leader.resolver), leader.log.arrivals);
    }
    return this.#changed(`resolver ${this.#resolver.name}`);
  }

  /** Lets loads run until `letLoadsEnd`, or until they are aborted. */
  holdLoads(): void {
    this.#loadsMayEnd = new Promise(resolve => {
      this.#endLoads = resolve;
    });
  }

  letLoadsEnd(): void {
    this.#endLoads();
  }

  async #load(planned: number, signal: AbortSignal | undefined): Promise<Outcome> {
    const stopped = new Promise<boolean>(resolve =>
      signal?.addEventListener('abort', () => resolve(true), {once: true}),
    );
    const isStopped = await Promise.race([stopped, this.#loadsMayEnd.then(() => false)]);
    const result: EngineResult = {
      type: 'loaded',
      load: {planned, ok: isStopped ? 0 : planned, fail: 0, info: 0, ms: 1000},
    };
    return isStopped
      ? {status: 'info', failure: {code: 'interrupted', message: 'interrupted'}, result}
      : ok(result);
  }

  view(): ClusterView {
    const conflicts = [...this.#conflicts.values()];
    const leaders = this.#leaders.map(leader =>
      leaderView(leader, {leaders: this.#leaders, clocks: this.#clocks, nowMs: this.#now}),
    );
    const live = this.#leaders.filter(({status}) => status === 'up');
    const converged = new Set(live.map(({fold}) => fold.digest())).size <= 1;
    return {
      engine: 'native',
      startedAtMs: 0,
      topology: this.#topology,
      resolver: this.#resolver,
      leaders,
      clocks: clockSpells(this.#clocks.pastClocks, this.#clocks.clocks),
      links: [...this.#rules].map(([id, rule]) => linkView(id, rule)),
      conflicts,
      conflictCount: conflicts.length,
      lostCount: new Set(conflicts.flatMap(({lost}) => lost.map(showDot))).size,
      notices: [],
      convergence: converged
        ? {type: 'converged', live: live.length}
        : {type: 'diverged', live: live.length, missingOps: 0},
      opsPerSecond: 0,
      ...QUIET,
      ...this.#settings,
      ...this.over,
    };
  }

  async measure(): Promise<Measurement> {
    const answering = this.#leaders.filter(({id, status}) => status === 'up' && !this.silent.has(id));
    return {
      leaders: Object.fromEntries(
        answering.map(({id, log, fold}) => [id, {vv: log.vv, digest: fold.digest()}]),
      ),
      silent: this.#leaders.filter(leader => !answering.includes(leader)).map(({id}) => id),
    };
  }

  subscribe(): () => void {
    return () => undefined;
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  /** Ends the process of a leader as the operating system would, without a command. */
  crash(id: LeaderId): void {
    this.#become('down', [id]);
  }

  #accept(write: WriteAction, focused: LeaderId): WriteReport[] {
    return this.#at(write.at, focused).map(({id, status, log, fold}): WriteReport => {
      if (status === 'paused') return {leader: id, status: 'info', reason: 'no answer in time'};
      if (status !== 'up') return {leader: id, status: 'fail', reason: 'down'};
      const accepted = acceptIntent(fold, write.key, write.intent);
      if (!accepted.ok) return {leader: id, status: 'fail', reason: accepted.failure.message};
      const dot = {origin: id, seq: seqOf(log.vv, id) + 1};
      const nowMs = this.#now++;
      const wallMs = nowMs + offsetAt(clockOf(this.#clocks, id), nowMs);
      const op: Op = {dot, after: log.vv, hlc: {wallMs: nowMs, logical: 0}, wallMs, writes: [accepted.value]};
      log.append(op);
      fold.apply(op);
      return {leader: id, status: 'ok', dot};
    });
  }

  #written(writes: readonly WriteReport[]): Outcome {
    this.#replicate();
    const result: EngineResult = {type: 'writes', writes};
    const worst =
      writes.find(({status}) => status === 'fail') ?? writes.find(({status}) => status === 'info');
    if (worst === undefined || worst.status === 'ok') return ok(result);
    return {
      status: worst.status,
      failure: {code: 'write', message: `${worst.leader}: ${worst.reason ?? ''}`},
      result,
    };
  }

  #become(status: LeaderStatus, ids: readonly LeaderId[]): Outcome {
    const concerned = this.#leaders.filter(leader => ids.includes(leader.id) && leader.status !== status);
    if (concerned.length === 0)
      return {status: 'fail', failure: {code: 'already', message: `${ids.join(', ')} already ${status}`}};
    for (const leader of concerned) leader.status = status;
    return this.#changed(`${ids.join(', ')} ${status}`);
  }

  #setRules(
    links: readonly LinkSelector[] | 'all',
    change: (rule: LinkRule, id: LinkId) => LinkRule,
  ): Outcome {
    const ids =
      links === 'all'
        ? [...this.#rules.keys()]
        : links.flatMap(({a, b, both}) => [linkId(a, b), ...(both ? [linkId(b, a)] : [])]);
    const known = ids.filter(id => this.#rules.has(id));
    if (known.length === 0) return {status: 'fail', failure: NO_ACTION};
    for (const id of known) this.#rules.set(id, change(this.#rules.get(id) ?? CLEAR_RULE, id));
    return this.#changed(`${known.join(', ')} changed`);
  }

  #changed(summary: string): Outcome {
    this.#replicate();
    return ok({type: 'changed', summary});
  }

  #link(topology: TopologySpec): void {
    const ids = this.#leaders.map(({id}) => id);
    const next = (i: number) => ids[(i + 1) % ids.length];
    const links = ids.flatMap((from, i) =>
      ids
        .filter(to => to !== from && (topology.name === 'mesh' || to === next(i)))
        .map(to => linkId(from, to)),
    );
    this.#topology = topology;
    this.#rules = new Map(links.map(id => [id, this.#rules.get(id) ?? CLEAR_RULE]));
  }

  #selectors(): LinkSelector[] {
    return [...this.#rules.keys()].map(linkEnds).map(({from, to}) => ({a: from, b: to, both: false}));
  }

  /** Passes operations on over every open link until none is left to send. */
  #replicate(): void {
    let moved = true;
    while (moved) {
      moved = false;
      for (const [id, rule] of this.#rules) {
        const {from, to} = linkEnds(id);
        const [source, sink] = [this.#upLeader(from), this.#upLeader(to)];
        if (source === undefined || sink === undefined || rule.cut || rule.hold) continue;
        for (const op of source.log.arrivals.filter(({dot}) => !sink.log.has(dot))) {
          sink.log.append(op);
          sink.fold.apply(op);
          moved = true;
        }
      }
    }
    for (const leader of this.#leaders)
      for (const key of leader.fold.keys()) noteConflict(this.#conflicts, leader, key, this.#now);
  }

  #upLeader(id: LeaderId): FakeLeader | undefined {
    return this.#leaders.find(leader => leader.id === id && leader.status === 'up');
  }

  #at(target: Target, focused: LeaderId): readonly FakeLeader[] {
    return this.#leaders.filter(
      ({id}) =>
        target.type === 'all' || (target.type === 'focused' ? id === focused : target.leaders.includes(id)),
    );
  }

  #each<T>(
    target: Target,
    focused: LeaderId,
    ask: (leader: FakeLeader) => T,
  ): {[leader: LeaderId]: T | {type: 'error'; error: string}} {
    const entries = this.#at(target, focused).map(leader => {
      return [
        leader.id,
        leader.status === 'up' ? ask(leader) : {type: 'error' as const, error: leader.status},
      ] as const;
    });
    return Object.fromEntries(entries);
  }
}

const ok = (result: EngineResult): Outcome => ({status: 'ok', result});
