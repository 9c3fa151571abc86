/**
 * The links of a cluster of real processes: which links exist, the rule of each, and the port at which each
 * begins. The proxy carries the rules out.
 */
import {assert} from '../../base/assert.ts';
import {type Result, succeed} from '../../base/failure.ts';
import {type LeaderId, type LinkId, linkEnds} from '../../base/ids.ts';
import {CLEAR_RULE, type LinkRule} from '../../faults/rule.ts';
import type {Outcome} from '../../port/cluster.ts';
import type {LinkTraffic, OpenLinkRequest} from '../../proxy/proxy-protocol.ts';
import type {LinkProxy} from './link-proxy.ts';
import type {LinkChanges} from './model/link-changes.ts';
import {changed, failed} from './model/outcome.ts';

export interface LinkState {
  readonly id: LinkId;
  /** The port that its sender dials, or its receiver if the link carries a stream. */
  readonly port: number;
  /** The rule that it started with, to which `heal` returns. */
  readonly base: LinkRule;
  readonly rule: LinkRule;
  readonly ruleSinceMs: number;
  readonly traffic: LinkTraffic | undefined;
}

export interface LinksOptions {
  readonly carries: OpenLinkRequest['carries'];
  readonly baseRule: (link: LinkId) => LinkRule;
  readonly seed: number;
}

/** All links of one cluster. */
export class Links {
  readonly #proxy: LinkProxy;
  readonly #options: LinksOptions;
  readonly #links = new Map<LinkId, LinkState>();
  /**
   * The rules of links that another topology removed: a cut between two leaders is still there when their
   * link comes back.
   */
  readonly #removedRules = new Map<LinkId, LinkRule>();
  /** Links held for a while, whatever their rules say: the number of holders, which is at least 1. */
  readonly #held = new Map<LinkId, number>();
  /** Links without faults for a while, whatever their rules say. */
  readonly #clear = new Set<LinkId>();

  constructor(proxy: LinkProxy, options: LinksOptions) {
    this.#proxy = proxy;
    this.#options = options;
  }

  all(): LinkState[] {
    return [...this.#links.values()];
  }

  from(leader: LeaderId): LinkState[] {
    return this.all().filter(({id}) => linkEnds(id).from === leader);
  }

  /** Opens and closes links until exactly these exist. A link that stays keeps its rule. */
  async arrange(wanted: readonly LinkId[]): Promise<Result<null>> {
    const gone = [...this.#links.keys()].filter(link => !wanted.includes(link));
    const fresh = wanted.filter(link => !this.#links.has(link));
    const results = await Promise.all([
      ...gone.map(link => this.#close(link)),
      ...fresh.map(link => this.#open(link)),
    ]);
    return results.find(result => !result.ok) ?? succeed(null);
  }

  /** Carries out changes that a person asked for. */
  async carryOut({rules, resets, forgetsRemovedLinks, summary}: LinkChanges): Promise<Outcome> {
    if (forgetsRemovedLinks) this.#removedRules.clear();
    for (const [id, rule] of rules) {
      const link = this.#links.get(id);
      if (link !== undefined) this.#links.set(id, {...link, rule, ruleSinceMs: Date.now()});
    }
    const sent = await this.#send([...rules.keys()]);
    const torn = await Promise.all(resets.map(link => this.#proxy.resetLink(link)));
    const broken = [sent, ...torn].find(result => !result.ok);
    return broken === undefined || broken.ok ? changed(summary) : failed(broken.failure);
  }

  /** Holds these links while `during` runs. Their rules are untouched. */
  async holding<T>(links: readonly LinkId[], during: () => Promise<T>): Promise<T> {
    for (const link of links) this.#hold(link, 1);
    await this.#send(links);
    try {
      return await during();
    } finally {
      for (const link of links) this.#hold(link, -1);
      await this.#send(links);
    }
  }

  /**
   * Lets everything pass over these links while `during` runs, also over links that it opens. Their rules are
   * untouched.
   */
  async clearly<T>(links: readonly LinkId[], during: () => Promise<T>): Promise<T> {
    for (const link of links) this.#clear.add(link);
    await this.#send(links);
    try {
      return await during();
    } finally {
      for (const link of links) this.#clear.delete(link);
      await this.#send(links);
    }
  }

  #hold(link: LinkId, by: 1 | -1): void {
    const holders = (this.#held.get(link) ?? 0) + by;
    assert(holders >= 0, 'a link is released as often as it was held');
    if (holders === 0) this.#held.delete(link);
    else this.#held.set(link, holders);
  }

  /** Records the traffic that the proxy reported. */
  traffic(links: {readonly [link: LinkId]: LinkTraffic}): void {
    for (const [id, traffic] of Object.entries(links) as [LinkId, LinkTraffic][]) {
      const link = this.#links.get(id);
      if (link) this.#links.set(id, {...link, traffic});
    }
  }

  async #open(link: LinkId): Promise<Result<null>> {
    const {carries, baseRule, seed} = this.#options;
    const base = baseRule(link);
    const rule = this.#removedRules.get(link) ?? base;
    const opened = await this.#proxy.openLink(link, {carries, rule: this.#effective(link, rule), seed});
    if (!opened.ok) return opened;
    assert(!this.#links.has(link), 'a link is opened once');
    this.#removedRules.delete(link);
    this.#links.set(link, {
      id: link,
      port: opened.value,
      base,
      rule,
      ruleSinceMs: Date.now(),
      traffic: undefined,
    });
    return succeed(null);
  }

  #close(link: LinkId): Promise<Result<null>> {
    const state = this.#links.get(link);
    if (state !== undefined) this.#removedRules.set(link, state.rule);
    this.#links.delete(link);
    return this.#proxy.closeLink(link);
  }

  /** The rule that the proxy gets: the link's own, unless the link is held or clear for a while. */
  #effective(link: LinkId, rule: LinkRule): LinkRule {
    if (this.#clear.has(link)) return CLEAR_RULE;
    return this.#held.has(link) ? {...rule, hold: true} : rule;
  }

  async #send(links: readonly LinkId[]): Promise<Result<null>> {
    const results = await Promise.all(
      links.flatMap(id => {
        const link = this.#links.get(id);
        if (link === undefined) return [];
        return this.#proxy.setRule(id, this.#effective(id, link.rule));
      }),
    );
    return results.find(result => !result.ok) ?? succeed(null);
  }
}
