/**
 * The control port of the proxy: carries out the requests of the lab.
 */
import {createServer, type Socket} from 'node:net';
import {assertNever} from '../base/assert.ts';
import {FailureError, fail, type Result, succeed} from '../base/failure.ts';
import type {LeaderId, LinkId} from '../base/ids.ts';
import {linkEnds} from '../base/ids.ts';
import {FrameSocket} from '../net/frame-socket.ts';
import {RequestServer} from '../net/request-server.ts';
import {LOOPBACK} from '../net/socket-end.ts';
import {UngreetedConnections} from '../net/ungreeted-connections.ts';
import {LinkServer} from './link-server.ts';
import {type OpenLinkRequest, type ProxyRequest, proxyRequestSchema} from './proxy-protocol.ts';
import {TrafficFeed} from './traffic-feed.ts';

type Client = RequestServer<ProxyRequest>;

export class ProxyServer {
  readonly #token: string;
  readonly #links = new Map<LinkId, LinkServer>();
  readonly #targets = new Map<LeaderId, number>();
  readonly #feed = new TrafficFeed(this.#links);
  readonly #ungreeted = new UngreetedConnections();

  constructor(token: string) {
    this.#token = token;
  }

  /** Listens for the lab on a free port, and returns it. */
  listen(): Promise<number> {
    const server = createServer(socket => this.#accept(socket));
    return new Promise((resolve, reject) => {
      server.on('error', reject);
      server.listen(0, LOOPBACK, () => {
        const address = server.address();
        if (typeof address === 'object' && address !== null) resolve(address.port);
      });
    });
  }

  #accept(socket: Socket): void {
    const frames = new FrameSocket(socket);
    const client: Client = new RequestServer(frames, {
      token: this.#token,
      schema: proxyRequestSchema,
      handle: request => this.#handle(request, client),
      onGreeted: () => this.#ungreeted.remove(frames),
    });
    this.#ungreeted.add(frames);
    frames.listen({
      frame: frame => client.receive(frame),
      closed: () => {
        this.#ungreeted.remove(frames);
        this.#feed.unsubscribe(client);
      },
    });
  }

  async #handle(request: ProxyRequest, client: Client): Promise<Result<unknown>> {
    switch (request.type) {
      case 'open-link':
        return this.#openLink(request);
      case 'set-target':
        if (request.port === null) this.#targets.delete(request.leader);
        else this.#targets.set(request.leader, request.port);
        return succeed(null);
      case 'set-rule':
        this.#link(request.link).setRule(request.rule);
        return succeed(null);
      case 'reset-link':
        this.#link(request.link).reset();
        return succeed(null);
      case 'close-link':
        this.#link(request.link).close();
        this.#links.delete(request.link);
        this.#feed.changed(request.link);
        return succeed(null);
      case 'subscribe':
        this.#feed.subscribe(client);
        return succeed(null);
      case 'ping':
        return succeed(null);
      default:
        return assertNever(request);
    }
  }

  async #openLink({
    link,
    carries,
    rule,
    seed,
    port: wantedPort,
  }: OpenLinkRequest): Promise<Result<{port: number}>> {
    if (this.#links.has(link)) return fail('link-exists', `the link ${link} is open already`);
    const {from, to} = linkEnds(link);
    // Frames of operations go to the leader that the proxy dials; a stream comes from it.
    const dialled = carries === 'frames' ? to : from;
    const server = new LinkServer({
      id: link,
      carries,
      rule,
      seed,
      token: this.#token,
      target: () => this.#targets.get(dialled),
      changed: () => this.#feed.changed(link),
    });
    this.#links.set(link, server);
    const port = await server.listen(wantedPort);
    if (port.ok) {
      this.#feed.changed(link);
      return succeed({port: port.value});
    }
    this.#links.delete(link);
    return port;
  }

  #link(link: LinkId): LinkServer {
    const server = this.#links.get(link);
    if (server === undefined)
      throw new FailureError(fail('no-such-link', `there is no link ${link}`).failure);
    return server;
  }
}
