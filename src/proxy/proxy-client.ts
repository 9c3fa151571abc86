/**
 * The lab's side of the proxy: one method per request, each with a result that never rejects, and the traffic
 * as it changes.
 */
import {type Result, succeed} from '../base/failure.ts';
import type {LeaderId, LinkId} from '../base/ids.ts';
import type {LinkRule} from '../faults/rule.ts';
import {Channel} from '../net/channel.ts';
import {parseMessage} from '../wire/payload.ts';
import {
  doneSchema,
  type LinkTraffic,
  linkOpenedSchema,
  type OpenLinkRequest,
  type ProxyRequest,
  proxyEventSchema,
} from './proxy-protocol.ts';

export interface ProxyClientOptions {
  readonly port: number;
  readonly token: string;
  /** The new state of the links that changed. */
  onTraffic(links: {readonly [link: LinkId]: LinkTraffic}): void;
  /** The proxy is gone, and so are all links. */
  onClosed(reason: string): void;
}

export class ProxyClient {
  readonly #channel: Channel;

  /** Connects and subscribes to the traffic. */
  static async open(options: ProxyClientOptions): Promise<Result<ProxyClient>> {
    const opened = await Channel.open({
      port: options.port,
      token: options.token,
      onEvent: event => {
        const parsed = parseMessage(proxyEventSchema, event);
        if (parsed.ok) options.onTraffic(parsed.value.links);
      },
      onClosed: options.onClosed,
    });
    if (!opened.ok) return opened;
    const client = new ProxyClient(opened.value);
    const subscribed = await client.#ask({type: 'subscribe'});
    return subscribed.ok ? succeed(client) : subscribed;
  }

  private constructor(channel: Channel) {
    this.#channel = channel;
  }

  /**
   * The result is the port for the leader that dials: of frames the link's sender, of a stream its receiver.
   */
  async openLink(
    link: LinkId,
    options: Pick<OpenLinkRequest, 'carries' | 'rule' | 'seed' | 'port'>,
  ): Promise<Result<number>> {
    const request: ProxyRequest = {type: 'open-link', link, ...options};
    const opened = await this.#channel.request(request, linkOpenedSchema);
    return opened.ok ? succeed(opened.value.port) : opened;
  }

  /** Where this leader is dialled; `null` while it is down. */
  setTarget(leader: LeaderId, port: number | null): Promise<Result<null>> {
    return this.#ask({type: 'set-target', leader, port});
  }

  setRule(link: LinkId, rule: LinkRule): Promise<Result<null>> {
    return this.#ask({type: 'set-rule', link, rule});
  }

  /** Breaks its connections; messages on the way are lost. */
  resetLink(link: LinkId): Promise<Result<null>> {
    return this.#ask({type: 'reset-link', link});
  }

  closeLink(link: LinkId): Promise<Result<null>> {
    return this.#ask({type: 'close-link', link});
  }

  /** Whether it answers at all. */
  ping(timeoutMs: number): Promise<Result<null>> {
    return this.#channel.request({type: 'ping'} satisfies ProxyRequest, doneSchema, timeoutMs);
  }

  close(): void {
    this.#channel.close();
  }

  #ask(request: ProxyRequest): Promise<Result<null>> {
    return this.#channel.request(request, doneSchema);
  }
}
