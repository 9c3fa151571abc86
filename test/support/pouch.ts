/**
 * The part of PouchDB that the tests use. Its published types declare a global `Buffer` of their own, which
 * breaks those of Node.
 */
import {createRequire} from 'node:module';

export interface PouchDatabase {
  bulkDocs(docs: readonly object[], options: {new_edits: boolean}): Promise<unknown>;
  allDocs(options: {keys: string[]; conflicts: boolean; include_docs: boolean}): Promise<{
    rows: (
      | {readonly error: string}
      | {readonly value: {readonly rev: string}; readonly doc: {readonly _conflicts?: string[]} | null}
    )[];
  }>;
  /**
   * As of a client: the winner, with what lost to it; rejected with `status` 404 where it is deleted or was
   * never there.
   */
  get(
    id: string,
    options: {conflicts: true},
  ): Promise<PouchDocument & {readonly _conflicts?: readonly string[]}>;
  get(id: string, options: {rev: string}): Promise<PouchDocument>;
  /**
   * Returns every leaf, including deleted ones. With `revs` each has its whole edit history, as a replicator
   * asks for it.
   */
  get(
    id: string,
    options: {open_revs: 'all'; revs: true},
  ): Promise<readonly ({readonly ok: PouchDocument} | {readonly missing: string})[]>;
  put(document: object): Promise<unknown>;
  remove(id: string, rev: string): Promise<unknown>;
  destroy(): Promise<unknown>;
}

export interface PouchDocument {
  readonly _rev: string;
  readonly _deleted?: boolean;
  readonly value?: unknown;
}

interface PouchConstructor {
  new (name: string, options: {adapter: string}): PouchDatabase;
  plugin(plugin: unknown): void;
}

const require = createRequire(import.meta.url);

export function openPouch(name: string): PouchDatabase {
  const PouchDB = require('pouchdb-core') as PouchConstructor;
  PouchDB.plugin(require('pouchdb-adapter-memory'));
  return new PouchDB(name, {adapter: 'memory'});
}
