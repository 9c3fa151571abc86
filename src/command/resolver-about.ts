/**
 * What the language says about each resolver: from the registry, where it knows.
 */
import {isPlainResolver, type ResolverName, resolverOf} from '../core/resolvers/index.ts';

interface About {
  readonly summary: string;
  readonly seenIn: string;
}

const OF_ONES_OWN = {
  priority: {summary: 'the write of the leader highest in a given order', seenIn: 'GoldenGate, SymmetricDS'},
  custom: {summary: 'what a module of your own makes of them', seenIn: 'application logic'},
};

export const aboutResolver = (name: ResolverName): About => (isPlainResolver(name) ? resolverOf({name}) : OF_ONES_OWN[name]);
