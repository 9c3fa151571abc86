/**
 * As much of PouchDB as the tests use. Its published types declare a global `Buffer` of their own, which breaks those of Node.
 */
import {createRequire} from 'node:module';

export interface PouchDatabase {
  bulkDocs(docs: readonly object[], options: {new_edits: boolean}): Promise<unknown>;
  allDocs(options: {keys: string[]; conflicts: boolean; include_docs: boolean}): Promise<{
    rows: ({readonly error: string} | {readonly value: {readonly rev: string}; readonly doc: {readonly _conflicts?: string[]} | null})[];
  }>;
  destroy(): Promise<unknown>;
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
