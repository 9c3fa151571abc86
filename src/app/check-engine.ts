/**
 * Whether an engine can be started here, asked before anything is: where several are to run one after the
 * other, nobody is to wait for the first only to hear that there is no second.
 */
import type {Failure} from '../base/failure.ts';
import type {EngineName, PostgresEngine} from '../port/engine-name.ts';
import type {StartOptions} from './open-cluster.ts';

/** Why it cannot, with these settings. What goes wrong while it starts is known only then. */
export type WhyNot = (settings: Pick<StartOptions, 'topology' | 'resolver'>) => Promise<Failure | undefined>;

export function whyNotStartable(engine: EngineName): WhyNot {
  if (engine === 'native' || engine === 'sim') return async () => undefined;
  let server: Promise<Failure | undefined> | undefined;
  return async settings => {
    server ??= whyNoServer(engine);
    return (await refusalOf(engine, settings)) ?? (await server);
  };
}

async function refusalOf(
  engine: PostgresEngine,
  {topology, resolver}: Pick<StartOptions, 'topology' | 'resolver'>,
): Promise<Failure | undefined> {
  const [{dialectOf}, {resolverRefusal, topologyRefusal}] = await Promise.all([
    import('../engines/postgres/start-servers.ts'),
    import('../engines/postgres/links/postgres-refusals.ts'),
  ]);
  const dialect = dialectOf(engine);
  const refusal =
    (topology && topologyRefusal(dialect, topology)) ?? (resolver && resolverRefusal(dialect, resolver));
  return refusal && {...refusal, code: 'syntax'};
}

async function whyNoServer(engine: PostgresEngine): Promise<Failure | undefined> {
  const {findServer} = await import('../engines/postgres/server/binaries.ts');
  const server = await findServer(engine);
  return server.ok ? undefined : server.failure;
}
