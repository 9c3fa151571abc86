/**
 * The processes of a cluster: a leader each, and the one that carries all links.
 */
import {randomBytes} from 'node:crypto';
import {fail, type Result, succeed} from '../../base/failure.ts';
import type {LeaderId, LinkId} from '../../base/ids.ts';
import {ProxyClient} from '../../proxy/client.ts';
import type {LinkTraffic} from '../../proxy/control.ts';
import type {News} from '../../wire/leader-control.ts';
import type {LeaderState} from '../look.ts';
import {leaderSettings, type Settings} from '../settings.ts';
import {type Child, startChild} from './child.ts';
import {LeaderHandle} from './leader-handle.ts';
import type {Programs} from './programs.ts';

export interface Processes {
  readonly handles: Map<LeaderId, LeaderHandle>;
  newHandle(leader: LeaderId): LeaderHandle;
  readonly proxyProcess: Child;
  readonly proxy: ProxyClient;
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
  const proxyProcess = await startChild(programs.proxy, [], token);
  const proxy = proxyProcess.ok
    ? await ProxyClient.open({
        port: proxyProcess.value.port,
        token,
        onTraffic: traffic => listener()?.heardLinks(traffic),
        onClosed: reason => listener()?.heardProxyEnd(reason),
      })
    : proxyProcess;
  if (proxyProcess.ok && proxy.ok) return succeed({handles, newHandle, proxyProcess: proxyProcess.value, proxy: proxy.value, starting});
  await starting;
  await Promise.all([...handles.values()].map(handle => handle.kill()));
  return proxy.ok ? fail('not-started', 'the link proxy did not start') : proxy;
}
