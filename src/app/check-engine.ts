/**
 * Checks that an engine can be started on this machine, before anything starts: if several engines are to run
 * one after the other, a missing one is reported at once.
 */
import type {Failure} from '../base/failure.ts';
import type {EngineName, PostgresEngine} from '../port/engine-name.ts';
import type {StartOptions} from './open-cluster.ts';

/** Why the engine cannot be started with these settings; undefined if no reason is known. */
export type WhyNot = (settings: Pick<StartOptions, 'topology' | 'resolver'>) => Promise<Failure | undefined>;

/**
 * Returns the check for one engine. For PostgreSQL it looks for installed programs when it is first called.
 */
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
