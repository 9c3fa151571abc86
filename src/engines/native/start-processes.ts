/**
 * The processes of a cluster: a leader each, and the one that carries all links.
 */
import {randomBytes} from 'node:crypto';
import {type Result, succeed} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import type {News} from '../../wire/leader-control.ts';
import {LinkProxy, type ProxyListener} from '../shared/link-proxy.ts';
import type {LeaderState} from '../shared/model/build-view.ts';
import {leaderSettings, type Settings} from '../shared/model/cluster-settings.ts';
import type {Programs} from '../shared/programs.ts';
import {LeaderHandle} from './leader-handle.ts';

export interface Processes {
  readonly proxy: LinkProxy;
  readonly handles: Map<LeaderId, LeaderHandle>;
  newHandle(leader: LeaderId): LeaderHandle;
  /** Until every leader runs, or has failed to. */
  readonly starting: Promise<readonly Result<null>[]>;
}

/** What the processes tell. */
export interface Listener extends ProxyListener {
  heardLeader(leader: LeaderId, news: News): void;
  heardStatus(leader: LeaderId, state: LeaderState): void;
}

/**
 * Resolves once the proxy runs; leaders may then still be starting. Where it does not run, nothing is left
 * running.
 */
export async function startProcesses(
  settings: Settings,
  {folderOf, isNew}: {folderOf(leader: LeaderId): string; readonly isNew: boolean},
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
  const starting = Promise.all(
    [...handles.values()].map(handle => handle.start(leaderSettings(settings, handle.id), isNew)),
  );
  const proxy = await LinkProxy.start(programs, token, listener);
  if (proxy.ok) return succeed({handles, newHandle, proxy: proxy.value, starting});
  await starting;
  await Promise.all([...handles.values()].map(handle => handle.kill()));
  return proxy;
}
