/**
 * What the screen says of a resolver: the registry's own words.
 */
import {resolverOf} from '../../core/resolvers/index.ts';
import type {ResolverName} from '../../core/resolvers/spec.ts';

export interface ResolverAbout {
  /** What a reader sees. */
  readonly summary: string;
  readonly seenIn: string;
  readonly convergent: boolean;
}

export function aboutResolver(name: ResolverName): ResolverAbout {
  if (name === 'priority') {
    const summary = 'the write of the leader that is highest in a given order';
    return {summary, seenIn: 'site priority: GoldenGate, SymmetricDS', convergent: true};
  }
  if (name === 'custom') return {summary: 'whatever your module makes of them', seenIn: 'application logic', convergent: false};
  return resolverOf({name});
}
