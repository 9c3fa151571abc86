/**
 * Keeps the documents true to the repository: every file that they name exists, and every link between them
 * leads to a file and to a heading that exist.
 */
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {basename, dirname, join, resolve} from 'node:path';
import {describe, expect, it} from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

const markdownIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), {encoding: 'utf8'})
    .filter(file => file.endsWith('.md'))
    .map(file => join(folder, file));

const DOCUMENTS = ['.', 'docs', 'docs/design', 'labs'].flatMap(markdownIn);

/** The documents that describe the code. */
const OF_CODE = ['ARCHITECTURE.md', 'CONTRIBUTING.md', ...markdownIn('docs/design')];

/** Files below src/ and test/, which documents may name from any of their folders. */
const SOURCES = ['src', 'test'].flatMap(folder =>
  readdirSync(join(ROOT, folder), {recursive: true, encoding: 'utf8'}).map(path => join(folder, path)),
);

/** Names that stand for any file. */
const PLACEHOLDERS: readonly string[] = ['FILE.md'];

const textOf = (document: string): string => readFileSync(join(ROOT, document), 'utf8');

/** The text without its blocks of code. */
const proseOf = (document: string): string => textOf(document).replace(/^```[\s\S]*?^```$/gm, '');

/** `core/log/log.ts`: paths from the root or from src/, and names of files without their folder. */
function namedFiles(document: string): string[] {
  const spans = [...proseOf(document).matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
  const files = spans.flatMap(span => span.match(/(?<![\w./*-])[\w.-]+(?:\/[\w.-]+)*\.(?:tsx?|md)\b/g) ?? []);
  return [...new Set(files)].filter(file => !PLACEHOLDERS.includes(file));
}

function isThere(file: string): boolean {
  if (existsSync(join(ROOT, file)) || existsSync(join(ROOT, 'src', file))) return true;
  return SOURCES.some(path => (file.includes('/') ? path.endsWith(`/${file}`) : basename(path) === file));
}

interface Link {
  readonly target: string;
  readonly heading: string | undefined;
}

/** The links to files of the repository. */
const linksOf = (document: string): Link[] =>
  [...proseOf(document).matchAll(/\]\((?![a-z]+:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].map(
    ([, target = '', heading]) => ({
      target: target === '' ? document : join(dirname(document), target),
      heading,
    }),
  );

/** As GitHub makes them: lower case, hyphens for spaces, no punctuation. */
const anchorsOf = (document: string): string[] =>
  [...proseOf(document).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe('the documents', () => {
  it('have correct links and name only files that exist', () => {
    expect(DOCUMENTS).toEqual(
      expect.arrayContaining(['README.md', 'docs/json.md', 'docs/design/engines.md']),
    );
    expect(DOCUMENTS.flatMap(linksOf).length).toBeGreaterThan(30);
    expect(OF_CODE.flatMap(namedFiles).length).toBeGreaterThan(100);
  });

  it.each(OF_CODE)('%s names only files that exist', document => {
    expect(namedFiles(document).filter(file => !isThere(file))).toEqual([]);
  });

  it.each(DOCUMENTS)('%s: every link leads to something that exists', document => {
    const broken = linksOf(document).filter(
      ({target, heading}) =>
        !existsSync(join(ROOT, target)) || (heading !== undefined && !anchorsOf(target).includes(heading)),
    );
    expect(broken).toEqual([]);
  });
});
