/**
 * The registry of resolvers: drives help, completion, docs and tests.
 */
import {assertNever} from '../../base/assert.ts';
import {applyRemote} from './apply-remote.ts';
import {crdt} from './crdt.ts';
import {CUSTOM_ABOUT, custom as throughCustom} from './custom.ts';
import type {CustomModule} from './custom-module.ts';
import {fields} from './fields.ts';
import {fww} from './fww.ts';
import {halt} from './halt.ts';
import {hlc} from './hlc.ts';
import {keepLocal} from './keep-local.ts';
import {lww} from './lww.ts';
import {PRIORITY_ABOUT, priority} from './priority.ts';
import type {Resolver, ResolverAbout} from './resolver.ts';
import {revision} from './revision.ts';
import {siblings} from './siblings.ts';
import type {ResolverName, ResolverSpec} from './spec.ts';

/** What help and documents say of each resolver, without its parameters. */
export const RESOLVER_ABOUT: {readonly [name in ResolverName]: ResolverAbout} = {
  lww,
  hlc,
  fww,
  priority: PRIORITY_ABOUT,
  siblings,
  revision,
  fields,
  crdt,
  'apply-remote': applyRemote,
  'keep-local': keepLocal,
  halt,
  custom: CUSTOM_ABOUT,
};

/** The resolver that a spec names. `custom`: the user's module, for the resolver `custom` alone. */
export function resolverOf(spec: ResolverSpec, custom?: CustomModule): Resolver {
  switch (spec.name) {
    case 'lww':
      return lww;
    case 'hlc':
      return hlc;
    case 'fww':
      return fww;
    case 'priority':
      return priority(spec.order);
    case 'siblings':
      return siblings;
    case 'revision':
      return revision;
    case 'fields':
      return fields;
    case 'crdt':
      return crdt;
    case 'apply-remote':
      return applyRemote;
    case 'keep-local':
      return keepLocal;
    case 'halt':
      return halt;
    case 'custom':
      return throughCustom(custom);
    default:
      return assertNever(spec);
  }
}

export * from './spec.ts';
