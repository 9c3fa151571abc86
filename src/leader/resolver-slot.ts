/**
 * Changes the resolver of a leader. For `custom` the module is loaded first, and watched as long as it is in
 * use. If it fails to load, nothing changes.
 */
import {fail, type Result, succeed} from '../base/failure.ts';
import type {CustomModule} from '../core/resolvers/custom-module.ts';
import {type ResolverSpec, sameResolver, showResolver} from '../core/resolvers/spec.ts';
import {type CustomChange, CustomLoader} from './custom-loader.ts';

export interface ResolverUser {
  /** Whether a client may name another module than the one with which the leader started. */
  readonly takesModules: boolean;
  changed(spec: ResolverSpec, custom: CustomModule | undefined): void;
  notice(text: string): void;
}

export class ResolverSlot {
  readonly #user: ResolverUser;
  readonly #first: ResolverSpec;
  #spec: ResolverSpec;
  #loader: CustomLoader | undefined;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(spec: ResolverSpec, user: ResolverUser) {
    this.#spec = spec;
    this.#first = spec;
    this.#user = user;
  }

  /** Opens it with the resolver that the leader starts with. `user` is informed of later changes only. */
  static async open(spec: ResolverSpec, user: ResolverUser): Promise<Result<ResolverSlot>> {
    const slot = new ResolverSlot(spec, user);
    const loaded = await slot.#load(spec);
    if (!loaded.ok) return loaded;
    slot.#loader = loaded.value;
    return succeed(slot);
  }

  get module(): CustomModule | undefined {
    return this.#loader?.module;
  }

  /** Changes are made one after the other, in the order of their requests. */
  change(spec: ResolverSpec): Promise<Result<null>> {
    const change = this.#last.then(() => this.#change(spec));
    this.#last = change;
    return change;
  }

  close(): void {
    this.#loader?.close();
  }

  async #change(spec: ResolverSpec): Promise<Result<null>> {
    if (sameResolver(this.#spec, spec)) return succeed(null);
    if (spec.name === 'custom' && !this.#user.takesModules && !sameResolver(this.#first, spec))
      return noModule();
    const loaded = await this.#load(spec);
    if (!loaded.ok) return loaded;
    this.#user.changed(spec, loaded.value?.module);
    this.#spec = spec;
    this.#loader?.close();
    this.#loader = loaded.value;
    return succeed(null);
  }

  async #load(spec: ResolverSpec): Promise<Result<CustomLoader | undefined>> {
    return spec.name === 'custom'
      ? CustomLoader.open(spec.file, change => this.#moduleChanged(spec, change))
      : succeed(undefined);
  }

  #moduleChanged(spec: ResolverSpec, change: CustomChange): void {
    if (change.type === 'kept')
      return this.#user.notice(`${showResolver(spec)} keeps its earlier version: ${change.reason}`);
    this.#user.changed(spec, change.module);
    this.#user.notice(`${showResolver(spec)} was loaded again`);
  }
}

const noModule = () =>
  fail(
    'custom-module',
    'a leader started by hand loads no module over the network',
    'start it with --resolver "custom FILE"',
  );
