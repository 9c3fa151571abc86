/**
 * A cluster that shows a given view and a session that accepts every command. The whole screen runs on them
 * without a process.
 */
import {fail} from '../../src/base/failure.ts';
import {key, type LeaderId, leaderId} from '../../src/base/ids.ts';
import {parse} from '../../src/command/parse.ts';
import {REAL_CLOCK} from '../../src/engines/shared/real-clock.ts';
import type {Clock, Cluster, Outcome} from '../../src/port/cluster.ts';
import type {ClusterView} from '../../src/port/view.ts';
import type {Entry, Session, SessionResult} from '../../src/session/session-result.ts';
import {dot, value} from './views.ts';

/** Carries out no command, and shows the view that it is given. */
export class FakeCluster implements Cluster {
  readonly engine = 'native';
  readonly capabilities = new Set([]);
  readonly clock: Clock;
  readonly #listeners = new Set<() => void>();
  #view: ClusterView;

  constructor(view: ClusterView, clock: Clock = REAL_CLOCK) {
    this.#view = view;
    this.clock = clock;
  }

  show(view: ClusterView): void {
    this.#view = view;
    for (const listener of this.#listeners) listener();
  }

  view(): ClusterView {
    return this.#view;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async execute(): Promise<Outcome> {
    return {status: 'fail', ...fail('fake', 'this cluster carries out nothing')};
  }

  async measure() {
    return {leaders: {}, silent: []};
  }

  async close(): Promise<void> {
    this.#listeners.clear();
  }
}

type StoryAnswer = Pick<Extract<SessionResult, {type: 'explained'}>, 'story' | 'comparison'>;

/** Understands commands and says yes to all of them. */
export class FakeSession implements Session {
  readonly focused: LeaderId = leaderId('us');
  readonly undoable = 'heal us-eu';
  readonly entries: Entry[] = [];
  readonly #cluster: FakeCluster;
  readonly #story: StoryAnswer;

  constructor(cluster: FakeCluster, story: StoryAnswer = {story: []}) {
    this.#cluster = cluster;
    this.#story = story;
  }

  async run(text: string): Promise<Entry> {
    const {leaders} = this.#cluster.view();
    const parsed = parse(text, {leaders: leaders.map(({id}) => id)});
    const entry: Entry = parsed.ok
      ? {text, status: 'ok', ms: 3, result: this.#answer(parsed.value.type)}
      : {text, status: 'fail', ms: 0, failure: parsed.failure, caret: parsed.caret};
    this.entries.push(entry);
    return entry;
  }

  #answer(type: string): SessionResult {
    const {lags, traffic, conflicts, leaders} = this.#cluster.view();
    const conflict = conflicts.at(-1);
    if (type === 'explain' && conflict !== undefined)
      return {type: 'explained', conflict, leaders, ...this.#story};
    if (type === 'lag') return {type: 'lag', lags, traffic};
    if (type === 'compare' && this.#story.comparison !== undefined)
      return {type: 'compared', comparison: this.#story.comparison};
    if (type === 'why')
      return {
        type: 'why',
        key: key('title'),
        leader: this.focused,
        reading: value('B'),
        story: this.#story.story,
      };
    if (type === 'write' || type === 'concurrently')
      return {type: 'writes', writes: [{leader: this.focused, status: 'ok', dot: dot('us', 13)}]};
    if (type === 'quit') return {type: 'quit'};
    if (type === 'state') return {type: 'state', leaders: this.#cluster.view().leaders};
    if (type === 'read')
      return {type: 'values', key: key('title'), applied: {}, values: {[this.focused]: value('B')}};
    return {type: 'changed', summary: `${type} done`};
  }

  interrupt(): void {}

  judge(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}
