/**
 * Puts one leader together: its folder, its log, its replica, its port and its peers.
 */
import type {Server} from 'node:net';
import {FailureError, type Result, succeed} from '../base/failure.ts';
import type {LeaderId} from '../base/ids.ts';
import {Prng} from '../base/prng.ts';
import type {Forward} from '../core/io/input-effect.ts';
import type {Op} from '../core/log/op.ts';
import {Replica} from '../core/replica.ts';
import {clusterIdOf} from '../net/secret.ts';
import {openLmdbStore} from '../store/lmdb-store.ts';
import type {OpLogStore} from '../store/log-store.ts';
import type {LeaderSettings} from '../wire/leader-control.ts';
import {EventPublisher} from './event-publisher.ts';
import {Host, type Surroundings} from './host.ts';
import {serve} from './leader-server.ts';
import {Peers} from './peers.ts';
import {ResolverSlot} from './resolver-slot.ts';

export interface LeaderOptions {
  readonly self: LeaderId;
  /** The leader accepts only labs that send this token and leaders that name its cluster. */
  readonly token: string;
  /**
   * Whether the lab may name the module of the resolver `custom`, which runs as this user. Only the lab that
   * started the leader may.
   */
  readonly takesModules: boolean;
  /** The folder of the log. It is created if it is missing. */
  readonly folder: string;
  /** 0: the system chooses. */
  readonly port: number;
  readonly settings: LeaderSettings;
  /** Whether a leader by this name may have run before with more operations than the folder holds now. */
  readonly recovers: boolean;
  readonly peers: readonly {
    readonly leader: LeaderId;
    readonly port: number;
    readonly forward: Forward;
  }[];
}

export interface RunningLeader {
  readonly port: number;
  /** Resolves when everything accepted is on disk. */
  close(): Promise<void>;
}

/**
 * Starts a leader in this process. Resolves when its port accepts connections. Returns a Failure if its log,
 * the module of its resolver or its port cannot be opened. Unexpected errors of the log are thrown.
 */
export async function runLeader(options: LeaderOptions): Promise<Result<RunningLeader>> {
  const opened = openLog(options.folder);
  if (!opened.ok) return opened;
  const {store, ops} = opened.value;
  const {self, token, settings, recovers} = options;
  const slot = await ResolverSlot.open(settings.resolver, {
    takesModules: options.takesModules,
    changed: (spec, custom) =>
      host.input({
        type: 'setting-changed',
        setting: {name: 'resolver', value: spec, ...(custom ? {custom} : {})},
      }),
    notice: text => publisher.notice(text),
  });
  if (!slot.ok) {
    await store.close();
    return slot;
  }
  const resolver = slot.value;
  const custom = resolver.module;
  const {delivery, ack, loopguard, members} = settings;
  const own = {self, cluster: clusterIdOf(token), resolver: settings.resolver, ...(custom ? {custom} : {})};
  const replica = new Replica({...own, delivery, ack, loopguard, members, ops, recovers});
  const publisher = new EventPublisher(replica, () => host.clock, Date.now());
  const surroundings: Surroundings = {
    send: (link, message) => peers.send(link, message),
    report: event => publisher.report(event, Date.now()),
    dropLink: (link, reason) => peers.drop(link, reason),
    stepped: () => publisher.touch(),
  };
  const host = new Host(replica, store, surroundings, settings.clock);
  const peers = new Peers({
    self,
    token,
    prng: new Prng(`${self} ${process.pid}`),
    input: input => host.input(input),
    refused: reason => publisher.refused(reason),
  });
  const listening = await serve({token, host, peers, publisher, resolver}, options.port);
  if (!listening.ok) {
    resolver.close();
    await store.close();
    return listening;
  }
  host.input({type: 'setting-changed', setting: {name: 'peers', value: options.peers}});
  peers.configure(options.peers);
  return succeed({
    port: listening.value.port,
    close: () => close({server: listening.value.server, peers, publisher, host, resolver, store}),
  });
}

/** Opens the log in a folder, with all its operations. */
export function openLog(folder: string): Result<{store: OpLogStore; ops: readonly Op[]}> {
  try {
    const store = openLmdbStore(folder);
    return succeed({store, ops: store.load().map(({op}) => op)});
  } catch (error) {
    if (error instanceof FailureError) return {ok: false, failure: error.failure};
    throw error;
  }
}

async function close(parts: {
  server: Server;
  peers: Peers;
  publisher: EventPublisher;
  host: Host;
  resolver: ResolverSlot;
  store: OpLogStore;
}): Promise<void> {
  parts.server.close();
  parts.peers.close();
  parts.publisher.flush();
  parts.resolver.close();
  await parts.host.close();
  await parts.store.close();
}
