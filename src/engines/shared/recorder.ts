/**
 * Records what happens: in memory the cluster state for the view, on disk the history and the conflict log.
 */
import type {Key, LeaderId} from '../../base/ids.ts';
import {type Dot, showDot, type VersionVector} from '../../core/log/version-vector.ts';
import type {HistoryEvent} from '../../history/history-event.ts';
import type {News} from '../../wire/leader-control.ts';
import {ConflictFile} from './conflict-file.ts';
import {HistoryFile} from './history-file.ts';
import {ClusterState} from './model/cluster-state.ts';

export class Recorder {
  readonly clusterState = new ClusterState();
  readonly #history: HistoryFile;
  readonly #conflictFile: ConflictFile;

  /** `changed` is called after the recorder itself added a notice. */
  constructor(folder: string, changed: () => void) {
    const notice = (text: string): void => {
      this.notice(text);
      changed();
    };
    this.#history = new HistoryFile(folder, reason => notice(`the history is no longer written: ${reason}`));
    this.#conflictFile = new ConflictFile(folder, this.clusterState.conflicts, notice);
    this.clusterState.restored();
  }

  add(event: HistoryEvent): void {
    this.#history.add(event);
  }

  news(leader: LeaderId, news: News, atMs: number): void {
    this.clusterState.news(leader, news, atMs);
    this.#history.news(leader, news, atMs);
    this.#conflictFile.touch();
  }

  notice(text: string): void {
    this.clusterState.notice({atMs: Date.now(), leader: undefined, text});
  }

  /** Adds a notice that is also shown without a screen, such as the unexpected end of a process. */
  alarm(text: string): void {
    this.clusterState.notice({atMs: Date.now(), leader: undefined, text, isAlarm: true});
    this.#history.add({type: 'notice', atMs: Date.now(), text});
  }

  /** Records that this operation on these keys was acknowledged to a client. */
  acknowledged(dot: Dot, keys: readonly Key[]): void {
    const before = this.clusterState.acknowledgedTwice.length;
    this.clusterState.acknowledge(dot, keys);
    if (before === 0 && this.clusterState.acknowledgedTwice.length > 0)
      this.alarm(`${showDot(dot)} was acknowledged for a second time: the write that it named first is lost`);
  }

  /** The operations that the leader has applied, as far as the lab knows. */
  known(leader: LeaderId): VersionVector {
    return this.clusterState.union([leader]);
  }

  close(): void {
    this.#history.add({type: 'closed', atMs: Date.now()});
    this.#history.flush();
    this.#conflictFile.flush();
  }
}
