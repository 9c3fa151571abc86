/**
 * The registry of resolvers: drives help, completion, docs and tests.
 */
import {crdt} from './crdt.ts';
import {lww} from './lww.ts';
import type {Resolver} from './resolver.ts';
import {siblings} from './siblings.ts';

export const RESOLVER_NAMES = ['lww', 'siblings', 'crdt'] as const;
export type ResolverName = (typeof RESOLVER_NAMES)[number];

export const RESOLVERS: {readonly [name in ResolverName]: Resolver} = {lww, siblings, crdt};

export const isResolverName = (text: string): text is ResolverName => (RESOLVER_NAMES as readonly string[]).includes(text);
