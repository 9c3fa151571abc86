/**
 * Which resolver to use: the names that people type, and the plain data that is sent to a leader.
 */
import type {LeaderId} from '../../base/ids.ts';

export const RESOLVER_NAMES = [
  'lww',
  'hlc',
  'fww',
  'priority',
  'siblings',
  'revision',
  'fields',
  'crdt',
  'apply-remote',
  'keep-local',
  'halt',
  'custom',
] as const;

export type ResolverName = (typeof RESOLVER_NAMES)[number];

/** The resolvers without parameters. */
export type PlainResolverName = Exclude<ResolverName, 'priority' | 'custom'>;

export type ResolverSpec =
  | {readonly name: PlainResolverName}
  /** Highest first. Leaders that are not named come after the named ones, in the order of their names. */
  | {readonly name: 'priority'; readonly order: readonly LeaderId[]}
  /** The user's module. The path is absolute after the command was parsed. */
  | {readonly name: 'custom'; readonly file: string};

/** True if the text is the name of a resolver, exactly as in `RESOLVER_NAMES`. */
export const isResolverName = (text: string): text is ResolverName =>
  (RESOLVER_NAMES as readonly string[]).includes(text);

/** True if the resolver has no parameters: the name alone is then a whole `ResolverSpec`. */
export const isPlainResolver = (name: ResolverName): name is PlainResolverName =>
  name !== 'priority' && name !== 'custom';

/** `lww`, `priority ap us eu`, `custom merge.mjs`: short, for people. */
export function showResolver(spec: ResolverSpec): string {
  if (spec.name === 'priority') return ['priority', ...spec.order].join(' ');
  return spec.name === 'custom' ? `custom ${spec.file.slice(spec.file.lastIndexOf('/') + 1)}` : spec.name;
}

/**
 * True if both have the same name and parameters: the same order for `priority`, the same path for `custom`,
 * whatever the file at that path holds.
 */
export function sameResolver(a: ResolverSpec, b: ResolverSpec): boolean {
  if (a.name === 'priority' && b.name === 'priority') return a.order.join() === b.order.join();
  if (a.name === 'custom' && b.name === 'custom') return a.file === b.file;
  return a.name === b.name;
}
