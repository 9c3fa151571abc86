/**
 * The lab's connection to the proxy: one method per request, and a callback for changes of the traffic. The
 * methods never reject; an error is a failed result.
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
  /** The proxy has ended, and with it all links. */
  onClosed(reason: string): void;
}

/**
 * The lab's connection to the proxy, with one method per request. The methods never reject: an error, such
 * as a closed connection, is a failed result. `open` connects, and subscribes to the traffic.
 */
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
   * Opens a link. Returns the port for the leader that dials: the sender of a link of frames, the receiver of
   * a stream.
   */
  async openLink(
    link: LinkId,
    options: Pick<OpenLinkRequest, 'carries' | 'rule' | 'seed' | 'port'>,
  ): Promise<Result<number>> {
    const request: ProxyRequest = {type: 'open-link', link, ...options};
    const opened = await this.#channel.request(request, linkOpenedSchema);
    return opened.ok ? succeed(opened.value.port) : opened;
  }

  /** Sets the port at which the proxy dials this leader; `null` while the leader is down. */
  setTarget(leader: LeaderId, port: number | null): Promise<Result<null>> {
    return this.#ask({type: 'set-target', leader, port});
  }

  setRule(link: LinkId, rule: LinkRule): Promise<Result<null>> {
    return this.#ask({type: 'set-rule', link, rule});
  }

  /** Breaks the connections of the link. Messages in flight are lost. */
  resetLink(link: LinkId): Promise<Result<null>> {
    return this.#ask({type: 'reset-link', link});
  }

  closeLink(link: LinkId): Promise<Result<null>> {
    return this.#ask({type: 'close-link', link});
  }

  /** Succeeds if the proxy answers in time. */
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
