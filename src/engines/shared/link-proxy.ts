/**
 * Runs the process that carries all links of a cluster. If that process ends unexpectedly, it is started
 * again with the same links, ports and rules. Requests made meanwhile wait.
 */
import {fail, type Result, succeed, UNKNOWN_OUTCOMES} from '../../base/failure.ts';
import type {LeaderId, LinkId} from '../../base/ids.ts';
import type {LinkRule} from '../../faults/rule.ts';
import {ProxyClient} from '../../proxy/proxy-client.ts';
import type {LinkTraffic, OpenLinkRequest} from '../../proxy/proxy-protocol.ts';
import {type Child, startChild} from './child-process.ts';
import type {Programs} from './programs.ts';

/** Receives what the proxy reports. */
export interface ProxyListener {
  trafficReported(traffic: {readonly [link: LinkId]: LinkTraffic}): void;
  /** The proxy ended, runs again, or will not be started again. `text` is a sentence that says which. */
  proxyChanged(isUp: boolean, text: string): void;
}

/** The lab gives up after this many ends within this time. */
const ENDS_LIMIT = 5;
const ENDS_WITHIN_MS = 60_000;
const STOP_LIMIT_MS = 1000;
/** The lab pings the proxy at this interval, and waits this long for the answer. */
const WATCH_MS = 3000;
const PING_LIMIT_MS = 3000;

interface Running {
  readonly process: Child;
  readonly client: ProxyClient;
}

interface OpenLink {
  readonly carries: OpenLinkRequest['carries'];
  readonly seed: number;
  readonly port: number;
  readonly rule: LinkRule;
}

type Start = (onTraffic: ProxyListener['trafficReported']) => Promise<Result<Running>>;

/** Requests to the proxy. None rejects; after the lab gave up, all fail with `no-proxy`. */
export class LinkProxy {
  /** Resolves once the first process runs, or failed to start. */
  readonly started: Promise<Result<null>>;
  readonly #start: Start;
  readonly #listener: ProxyListener;
  readonly #links = new Map<LinkId, OpenLink>();
  readonly #targets = new Map<LeaderId, number | null>();
  /** The running process, now or after its restart; a failure after the lab gave up. */
  #running: Promise<Result<Running>>;
  #endsAtMs: readonly number[] = [];
  #isStopping = false;
  #isRestarting = false;
  #isGivenUp = false;
  #isWatching = false;
  readonly #gone = new WeakSet<Running>();
  /** Proxies that the lab killed because they did not answer. */
  readonly #frozen = new WeakSet<Running>();
  /** The number of messages on each link, as last reported. They are lost when the proxy ends. */
  readonly #queued = new Map<LinkId, number>();

  /** Starts the process at once. `token`: the secret of the cluster. */
  constructor(programs: Programs, token: string, listener: ProxyListener) {
    this.#start = onTraffic => startOne(programs, token, onTraffic);
    this.#listener = listener;
    this.#running = this.#run();
    this.started = this.#running.then(running =>
      running.ok
        ? succeed(null)
        : fail('not-started', `the link proxy did not start: ${running.failure.message}`),
    );
  }

  /** The port for the leader that dials: the sender for frames, the receiver for a stream. */
  async openLink(
    link: LinkId,
    options: Pick<OpenLinkRequest, 'carries' | 'rule' | 'seed'>,
  ): Promise<Result<number>> {
    const opened = await this.#ask(client => client.openLink(link, options));
    if (opened.ok) this.#links.set(link, {...options, port: opened.value});
    return opened;
  }

  /** Sets the port at which this leader takes connections; `null` while it is down. */
  setTarget(leader: LeaderId, port: number | null): Promise<Result<null>> {
    this.#targets.set(leader, port);
    return this.#ask(client => client.setTarget(leader, port));
  }

  setRule(link: LinkId, rule: LinkRule): Promise<Result<null>> {
    const open = this.#links.get(link);
    if (open !== undefined) this.#links.set(link, {...open, rule});
    return this.#ask(client => client.setRule(link, rule));
  }

  /** Breaks its connections; messages on the way are lost. */
  resetLink(link: LinkId): Promise<Result<null>> {
    return this.#ask(client => client.resetLink(link));
  }

  closeLink(link: LinkId): Promise<Result<null>> {
    this.#links.delete(link);
    this.#queued.delete(link);
    return this.#ask(async client => {
      const closed = await client.closeLink(link);
      // A process that was started meanwhile never had the link.
      return closed.ok || closed.failure.code !== 'no-such-link' ? closed : succeed(null);
    });
  }

  /** Ends the proxy in order, or kills it after a time limit. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const running = await this.#running;
    if (!running.ok) return;
    const {client, process} = running.value;
    client.close();
    process.end();
    const force = setTimeout(() => process.kill('SIGKILL'), STOP_LIMIT_MS);
    await process.ended;
    clearTimeout(force);
  }

  /**
   * Sends the request. If the process ends before it answers, its effects are gone, so the request is
   * repeated at the next process.
   */
  async #ask<T>(ask: (client: ProxyClient) => Promise<Result<T>>): Promise<Result<T>> {
    for (;;) {
      const before = this.#running;
      const running = await before;
      if (!running.ok) return running;
      const answer = await ask(running.value.client);
      if (answer.ok || !UNKNOWN_OUTCOMES.has(answer.failure.code) || this.#isStopping) return answer;
      if (answer.failure.code === 'timeout')
        return fail('timeout', 'the link proxy does not answer', 'try again in a few seconds');
      await running.value.process.ended;
      if (this.#running === before) return answer;
    }
  }

  /** Watches for a later end; `#again` handles ends during a restart. */
  async #run(): Promise<Result<Running>> {
    const started = await this.#start(traffic => this.#trafficReceived(traffic));
    if (!started.ok) return started;
    const running = started.value;
    const watch = setInterval(() => void this.#watch(running), WATCH_MS).unref();
    void running.process.ended.then(how => {
      clearInterval(watch);
      this.#ended(running, this.#frozen.has(running) ? 'it did not answer, so the lab ended it' : how);
    });
    return started;
  }

  /**
   * Kills a proxy that is stopped or hangs. The lab itself may have been stopped during the first ping, so it
   * pings twice.
   */
  async #watch(running: Running): Promise<void> {
    if (this.#isWatching) return;
    this.#isWatching = true;
    const isSilent = async (): Promise<boolean> => {
      const answer = await running.client.ping(PING_LIMIT_MS);
      return !answer.ok && answer.failure.code === 'timeout';
    };
    if ((await isSilent()) && (await isSilent())) {
      this.#frozen.add(running);
      running.process.kill('SIGKILL');
    }
    this.#isWatching = false;
  }

  #trafficReceived(traffic: {readonly [link: LinkId]: LinkTraffic}): void {
    for (const [link, {held, inFlight}] of Object.entries(traffic) as [LinkId, LinkTraffic][])
      if (this.#links.has(link)) this.#queued.set(link, held + inFlight.length);
    this.#listener.trafficReported(traffic);
  }

  #ended(running: Running, how: string): void {
    this.#gone.add(running);
    if (this.#isStopping || this.#isRestarting || this.#isGivenUp) return;
    this.#isRestarting = true;
    this.#running = this.#again(how).finally(() => {
      this.#isRestarting = false;
    });
  }

  async #again(how: string): Promise<Result<Running>> {
    const lost = [...this.#queued.values()].reduce((sum, queued) => sum + queued, 0);
    this.#queued.clear();
    this.#listener.proxyChanged(
      false,
      `the link proxy, which carries all links, ended (${how}); the lab starts it again`,
    );
    for (let last = how; !this.#isStopping; ) {
      const nowMs = Date.now();
      this.#endsAtMs = [...this.#endsAtMs.filter(atMs => nowMs - atMs < ENDS_WITHIN_MS), nowMs];
      if (this.#endsAtMs.length >= ENDS_LIMIT)
        return this.#giveUp(`it ended ${ENDS_LIMIT} times within a minute, the last time by ${last}`);
      const started = await this.#run();
      if (!started.ok) {
        last = started.failure.message;
        continue;
      }
      const restored = await this.#restore(started.value);
      if (restored.ok && !this.#gone.has(started.value)) {
        this.#listener.proxyChanged(
          true,
          `the link proxy runs again with the same faults; ${lossInWords(lost)}`,
        );
        return started;
      }
      if (!restored.ok && restored.failure.code !== 'closed') {
        started.value.process.kill('SIGKILL');
        return this.#giveUp(restored.failure.message);
      }
      last = await started.value.process.ended;
    }
    return fail('closing', 'the lab is closing');
  }

  /** Restores all links, ports and rules. */
  async #restore({client}: Running): Promise<Result<null>> {
    const results = await Promise.all([
      ...[...this.#targets].map(([leader, port]) => client.setTarget(leader, port)),
      ...[...this.#links].map(([link, {carries, rule, seed, port}]) =>
        client.openLink(link, {carries, rule, seed, port}),
      ),
    ]);
    return (results.find(result => !result.ok) as Result<never> | undefined) ?? succeed(null);
  }

  /** Gives up for good: a process that ends after this is not started again. */
  #giveUp(why: string): Result<never> {
    this.#isGivenUp = true;
    this.#listener.proxyChanged(false, `the link proxy no longer runs, so no link carries messages: ${why}`);
    return fail('no-proxy', `the link proxy no longer runs: ${why}`, 'end the lab and start it again');
  }
}

/** The loss of messages that the proxy held or carried. Leaders resend what was not acknowledged. */
function lossInWords(count: number): string {
  if (count === 0) return 'no message was lost';
  return count === 1
    ? '1 message on the links was lost, and its leader sends it again'
    : `${count} messages on the links were lost, and leaders send them again`;
}

/** A process without a connection to the lab is useless, so it is ended. */
async function startOne(
  programs: Programs,
  token: string,
  onTraffic: ProxyListener['trafficReported'],
): Promise<Result<Running>> {
  const started = await startChild(programs.proxy, [], token);
  if (!started.ok) return started;
  const process = started.value;
  const client = await ProxyClient.open({
    port: process.port,
    token,
    onTraffic,
    onClosed: () => process.kill('SIGKILL'),
  });
  if (client.ok) return succeed({process, client: client.value});
  process.kill('SIGKILL');
  return client;
}
