/**
 * The processes of a cluster: a leader each, and the one that carries all links.
 */
import {randomBytes} from 'node:crypto';
import {type Result, succeed} from '../../base/failure.ts';
import type {LeaderId, LinkId} from '../../base/ids.ts';
import {ProxyClient} from '../../proxy/client.ts';
import type {LinkTraffic} from '../../proxy/control.ts';
import type {News} from '../../wire/leader-control.ts';
import type {LeaderState} from '../look.ts';
import {leaderSettings, type Settings} from '../settings.ts';
import {type Child, startChild} from './child.ts';
import {LeaderHandle} from './leader-handle.ts';
import type {Programs} from './programs.ts';

export interface Processes extends ProxyParts {
  readonly handles: Map<LeaderId, LeaderHandle>;
  newHandle(leader: LeaderId): LeaderHandle;
  /** Until every leader runs, or has failed to. */
  readonly starting: Promise<readonly Result<null>[]>;
}

/** What the processes tell. */
export interface Listener {
  heardLeader(leader: LeaderId, news: News): void;
  heardStatus(leader: LeaderId, state: LeaderState): void;
  heardLinks(traffic: {readonly [link: LinkId]: LinkTraffic}): void;
  heardProxyEnd(reason: string): void;
}

/** Resolves once the proxy runs; leaders may then still be starting. Where it does not run, nothing is left running. */
export async function startProcesses(
  settings: Settings,
  folderOf: (leader: LeaderId) => string,
  programs: Programs,
  listener: () => Listener | undefined,
): Promise<Result<Processes>> {
  const token = randomBytes(16).toString('hex');
  const newHandle = (id: LeaderId): LeaderHandle =>
    new LeaderHandle({
      id,
      token,
      program: programs.leader,
      folder: folderOf(id),
      onNews: news => listener()?.heardLeader(id, news),
      onStatus: state => listener()?.heardStatus(id, state),
    });
  const handles = new Map(settings.members.map(id => [id, newHandle(id)]));
  const starting = Promise.all([...handles.values()].map(handle => handle.start(leaderSettings(settings, handle.id))));
  const proxy = await startProxy(programs, token, listener);
  if (proxy.ok) return succeed({handles, newHandle, ...proxy.value, starting});
  await starting;
  await Promise.all([...handles.values()].map(handle => handle.kill()));
  return proxy;
}

export interface ProxyParts {
  readonly proxyProcess: Child;
  readonly proxy: ProxyClient;
}

/** The process that carries all links. */
export async function startProxy(
  programs: Programs,
  token: string,
  listener: () => Pick<Listener, 'heardLinks' | 'heardProxyEnd'> | undefined,
): Promise<Result<ProxyParts>> {
  const child = await startChild(programs.proxy, [], token);
  if (!child.ok) return child;
  const proxy = await ProxyClient.open({
    port: child.value.port,
    token,
    onTraffic: traffic => listener()?.heardLinks(traffic),
    onClosed: reason => listener()?.heardProxyEnd(reason),
  });
  if (proxy.ok) return succeed({proxyProcess: child.value, proxy: proxy.value});
  child.value.kill('SIGKILL');
  return proxy;
}
