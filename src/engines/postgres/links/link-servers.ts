/**
 * The servers at the two ends of a link, and the statements that manage its subscription there. A failure of
 * a server is thrown as a `FailureError`.
 */
import {FailureError} from '../../../base/failure.ts';
import {type LeaderId, type LinkId, linkEnds} from '../../../base/ids.ts';
import type {Links} from '../../shared/links.ts';
import type {PostgresLeader} from '../leader/postgres-leader.ts';
import {dsnOf} from '../sql/sql.ts';
import type {Dialect, LinkPlan} from './dialect.ts';

export interface ServersOptions {
  readonly dialect: Dialect;
  readonly leaders: ReadonlyMap<LeaderId, PostgresLeader>;
  readonly links: Links;
}

export class LinkServers {
  readonly #options: ServersOptions;

  constructor(options: ServersOptions) {
    this.#options = options;
  }

  areUp(link: LinkId): boolean {
    return [this.#sender(link), this.#receiver(link)].every(({state}) => state.status === 'up');
  }

  /** True if the two ends can communicate, as far as the lab knows. */
  mayConnect(link: LinkId): boolean {
    const rule = this.#options.links.all().find(({id}) => id === link)?.rule;
    return this.areUp(link) && rule !== undefined && !rule.cut && !rule.hold;
  }

  /** Continues an existing subscription, such as one of an earlier lab, with this plan, or creates it. */
  async follow(plan: LinkPlan): Promise<void> {
    const {link} = plan;
    const {dialect} = this.#options;
    const [sender, receiver, dsn] = [this.#sender(link).sql, this.#receiver(link).sql, this.#dsnOf(link)];
    const exists = await dialect.alter(plan, dsn, receiver, sender);
    if (!exists) await dialect.subscribe(plan, dsn, receiver, sender);
  }

  passOver(link: LinkId): Promise<void> {
    return this.#options.dialect.passOver(link, this.#receiver(link).sql, this.#sender(link).sql);
  }

  unsubscribe(link: LinkId): Promise<void> {
    return this.#options.dialect.unsubscribe(link, this.#receiver(link).sql, this.#sender(link).sql);
  }

  retryNow(link: LinkId): Promise<void> {
    return this.#options.dialect.retryNow(link, this.#receiver(link).sql);
  }

  stop(link: LinkId): Promise<void> {
    return this.#options.dialect.stop(link, this.#receiver(link).sql);
  }

  skip(link: LinkId, lsn: string): Promise<void> {
    return this.#options.dialect.skip(link, lsn, this.#receiver(link).sql);
  }

  firstWaiting(link: LinkId): Promise<string | undefined> {
    return this.#options.dialect.firstWaiting(link, this.#sender(link).sql);
  }

  #sender(link: LinkId): PostgresLeader {
    return this.#leader(linkEnds(link).from);
  }

  #receiver(link: LinkId): PostgresLeader {
    return this.#leader(linkEnds(link).to);
  }

  #leader(id: LeaderId): PostgresLeader {
    const leader = this.#options.leaders.get(id);
    if (leader === undefined) throw failureOf('no-leader', `there is no leader ${id}`);
    return leader;
  }

  /** The address at which the receiver reaches the sender: over the link. */
  #dsnOf(link: LinkId): string {
    const sender = this.#sender(link);
    if (sender.address === undefined) throw failureOf('down', `${sender.id} is down`);
    const port = this.#options.links.all().find(({id}) => id === link)?.port ?? 0;
    return dsnOf({...sender.address, host: '127.0.0.1', port});
  }
}

export const failureOf = (code: string, message: string): FailureError => new FailureError({code, message});

/** For work that is repeated later in any case. */
export function ignoreFailure(error: unknown): void {
  if (!(error instanceof FailureError)) throw error;
}
