/**
 * Starts the processes of a cluster: one for each leader, and one that carries all links.
 */
import {randomBytes} from 'node:crypto';
import {type Result, succeed} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import type {News} from '../../wire/leader-control.ts';
import {LinkProxy, type ProxyListener} from '../shared/link-proxy.ts';
import {leaderSettings, type Settings} from '../shared/model/cluster-settings.ts';
import type {LeaderState} from '../shared/model/leader-state.ts';
import type {Programs} from '../shared/programs.ts';
import {LeaderHandle} from './leader-handle.ts';

export interface Processes {
  readonly proxy: LinkProxy;
  readonly handles: Map<LeaderId, LeaderHandle>;
  newHandle(leader: LeaderId): LeaderHandle;
  /** Resolves once every leader runs or has failed to start. */
  readonly starting: Promise<readonly Result<null>[]>;
}

export interface ProcessOptions {
  readonly settings: Settings;
  readonly programs: Programs;
  /** True if no leader by these names has run before. */
  readonly isNew: boolean;
  /** The folder of one leader's log. */
  folderOf(leader: LeaderId): string;
  /** Undefined while nobody can listen yet. */
  proxyListener(): ProxyListener | undefined;
  onNews(leader: LeaderId, news: News): void;
  /** Called after every change of a leader's status. */
  onStatus(leader: LeaderId, state: LeaderState): void;
}

/**
 * Resolves once the proxy runs; leaders may still be starting then. If the proxy does not run, all leaders
 * are ended.
 */
export async function startProcesses(options: ProcessOptions): Promise<Result<Processes>> {
  const {settings, programs, isNew} = options;
  const token = randomBytes(16).toString('hex');
  const newHandle = (id: LeaderId): LeaderHandle =>
    new LeaderHandle({
      id,
      token,
      program: programs.leader,
      folder: options.folderOf(id),
      onNews: news => options.onNews(id, news),
      onStatus: state => options.onStatus(id, state),
    });
  const handles = new Map(settings.members.map(id => [id, newHandle(id)]));
  const starting = Promise.all(
    [...handles.values()].map(handle => handle.start(leaderSettings(settings, handle.id), isNew)),
  );
  const proxy = await LinkProxy.start(programs, token, options.proxyListener);
  if (proxy.ok) return succeed({handles, newHandle, proxy: proxy.value, starting});
  await starting;
  await Promise.all([...handles.values()].map(handle => handle.kill()));
  return proxy;
}
