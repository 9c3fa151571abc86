/**
 * The registry of resolvers: drives help, completion, docs and tests.
 */
import {crdt} from './crdt.ts';
import type {CustomModule} from './custom-module.ts';
import {lww} from './lww.ts';
import type {Resolver} from './resolver.ts';
import {siblings} from './siblings.ts';
import type {ResolverSpec} from './spec.ts';

/** The resolver that a spec names. `custom` is what calls the person's module, for `custom` alone. */
export function resolverOf(spec: ResolverSpec, custom?: CustomModule): Resolver {
  void custom;
  if (spec.name === 'siblings') return siblings;
  if (spec.name === 'crdt') return crdt;
  return lww;
}

export * from './spec.ts';
