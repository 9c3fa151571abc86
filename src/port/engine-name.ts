/**
 * The names of the engines, as `--engine` takes them.
 */
export const ENGINE_NAMES = ['native', 'sim', 'postgres', 'pglogical'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];
/** The engines whose leaders are PostgreSQL servers. */
export type PostgresEngine = Extract<EngineName, 'postgres' | 'pglogical'>;

/** True if the leaders of the engine are PostgreSQL servers. */
export const isPostgresEngine = (engine: EngineName): engine is PostgresEngine =>
  engine === 'postgres' || engine === 'pglogical';
