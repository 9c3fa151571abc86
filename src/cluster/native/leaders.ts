/**
 * The leaders of a native cluster together: their processes' faults, and telling each of them its links and settings.
 */
import {type Failure, fail, type Result, succeed} from '../../base/failure.ts';
import {type LeaderId, linkEnds} from '../../base/ids.ts';
import type {TopologySpec} from '../../command/action.ts';
import type {ResolverSpec} from '../../core/resolvers/spec.ts';
import type {ProxyClient} from '../../proxy/client.ts';
import {doneSchema, type LeaderSettings, statusSchema} from '../../wire/leader-control.ts';
import {changed, failed} from '../outcome.ts';
import type {LeaderMeasurement, LeaderStatus, Measurement, Outcome} from '../port.ts';
import {forwardOf} from '../topology.ts';
import type {LeaderHandle} from './leader-handle.ts';
import type {Links} from './links.ts';

const CONFIGURE_TIMEOUT_MS = 2000;
const MEASURE_TIMEOUT_MS = 1000;

export interface Settings {
  readonly topology: TopologySpec;
  readonly resolver: ResolverSpec;
}

type ProcessFault = 'kill' | 'restart' | 'pause' | 'resume';

const MAY: {readonly [fault in ProcessFault]: readonly LeaderStatus[]} = {
  kill: ['up', 'paused'],
  restart: ['up', 'paused', 'down'],
  pause: ['up'],
  resume: ['paused'],
};

const PAST = {kill: 'killed', restart: 'restarted', pause: 'paused', resume: 'resumed'} as const;

export class Leaders {
  readonly #handles: ReadonlyMap<LeaderId, LeaderHandle>;
  readonly #links: Links;
  readonly #proxy: ProxyClient;
  readonly #settings: () => Settings;

  constructor(handles: ReadonlyMap<LeaderId, LeaderHandle>, links: Links, proxy: ProxyClient, settings: () => Settings) {
    this.#handles = handles;
    this.#links = links;
    this.#proxy = proxy;
    this.#settings = settings;
  }

  all(): LeaderHandle[] {
    return [...this.#handles.values()];
  }

  async execute(fault: ProcessFault, ids: readonly LeaderId[]): Promise<Outcome> {
    const handles = ids.flatMap(id => this.#handles.get(id) ?? []);
    const wrong = handles.find(({state}) => !MAY[fault].includes(state.status));
    if (wrong) {
      const {status} = wrong.state;
      return failed(
        fail(`is-${status}`, `${wrong.id} is ${status}: only a leader that is ${MAY[fault].join(' or ')} can be ${PAST[fault]}`).failure,
      );
    }
    const failure = firstFailure(await Promise.all(handles.map(handle => this.#executeOne(fault, handle))));
    return failure === undefined ? changed(`${ids.join(' and ')} ${PAST[fault]}`) : failed(failure);
  }

  /** Asks every leader that is up, now. */
  async measure(): Promise<Measurement> {
    const leaders: {[leader: LeaderId]: LeaderMeasurement} = {};
    const silent: LeaderId[] = [];
    await Promise.all(
      this.all().map(async handle => {
        const status = handle.state.status === 'up' ? await handle.request({type: 'status'}, statusSchema, MEASURE_TIMEOUT_MS) : undefined;
        if (status?.ok) leaders[handle.id] = status.value;
        else silent.push(handle.id);
      }),
    );
    return {leaders, silent};
  }

  async introduceAll(): Promise<void> {
    await Promise.all(this.all().map(handle => this.#introduce(handle)));
  }

  /** Leaders that are down hear of their settings when they start, paused ones when they go on. */
  async configureAll(): Promise<Failure | undefined> {
    for (const handle of this.all()) if (handle.state.status === 'paused') void this.#configure(handle);
    const up = this.all().filter(({state}) => state.status === 'up');
    return firstFailure(await Promise.all(up.map(handle => this.#configure(handle))));
  }

  async #executeOne(fault: ProcessFault, handle: LeaderHandle): Promise<Result<null>> {
    if (fault === 'pause') handle.pause();
    else if (fault === 'resume') handle.resume();
    else await handle.kill();
    if (fault !== 'restart') return succeed(null);
    const started = await handle.start(this.#leaderSettings());
    return started.ok ? this.#introduce(handle) : started;
  }

  /** Tells the proxy where the leader is, and the leader where its links begin. */
  async #introduce(handle: LeaderHandle): Promise<Result<null>> {
    await this.#proxy.setTarget(handle.id, handle.port ?? null);
    return this.#configure(handle);
  }

  async #configure(handle: LeaderHandle): Promise<Result<null>> {
    if (handle.port === undefined) return succeed(null);
    const forward = forwardOf(this.#settings().topology);
    const neighbours = this.#links.from(handle.id).map(link => ({leader: linkEnds(link.id).to, port: link.port, forward}));
    return handle.request({type: 'configure', settings: this.#leaderSettings(), neighbours}, doneSchema, CONFIGURE_TIMEOUT_MS);
  }

  #leaderSettings(): LeaderSettings {
    return defaultSettings(this.#settings().resolver, [...this.#handles.keys()]);
  }
}

export const defaultSettings = (resolver: ResolverSpec, members: LeaderId[]): LeaderSettings => ({
  resolver,
  delivery: 'fifo',
  ack: 'local',
  loopguard: true,
  members,
  clock: {offsetMs: 0, driftPpm: 0, sinceMs: 0},
});

function firstFailure(results: readonly Result<unknown>[]): Failure | undefined {
  for (const result of results) if (!result.ok) return result.failure;
  return undefined;
}
