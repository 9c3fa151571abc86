/**
 * Blocks at places where nothing carries them out: in a list, a quote or HTML, or indented. If they were
 * ignored, a lab could pass without its checks, so they are reported as errors.
 */
import type {Token} from 'marked';
import {BLOCKS} from './blocks.ts';

export interface HiddenBlock {
  readonly line: number;
  /** The word behind its fence. */
  readonly name: string;
  /** What it is inside of, in words. */
  readonly inside: string;
}

/** The hidden blocks in a top-level token that begins in this line. */
export function hiddenBlocks(token: Token, line: number): readonly HiddenBlock[] {
  const inside = INSIDE[token.type];
  if (inside === undefined || isFenced(token)) return [];
  const lines = token.raw.split('\n');
  let from = 0;
  // A nested token does not say its line, but nested tokens come in the order of their lines.
  return fencesIn(token).map(({text, name}) => {
    let at = from;
    while (at < lines.length && lines[at]?.trimEnd().endsWith(text) !== true) at++;
    if (at < lines.length) from = at + 1;
    return {line: line + Math.min(at, lines.length - 1), name, inside};
  });
}

const INSIDE: {readonly [type: string]: string} = {
  list: 'a list',
  blockquote: 'a quote',
  html: 'HTML',
  code: 'indented code',
};

interface Fence {
  /** Its line, without the marks of what it is inside of. */
  readonly text: string;
  readonly name: string;
}

function fencesIn(token: Token): readonly Fence[] {
  if (token.type === 'html') return blockFences(token.raw.replace(COMMENT, ''));
  if (token.type === 'code' && !isFenced(token)) return blockFences(token.raw);
  if (token.type === 'code') {
    const name = (token.lang ?? '').trim();
    return name === '' ? [] : [{text: (token.raw.split('\n', 1)[0] ?? '').trim(), name}];
  }
  const children: readonly Token[] =
    token.type === 'list' ? token.items : (('tokens' in token ? token.tokens : undefined) ?? []);
  return children.flatMap(fencesIn);
}

const isFenced = (token: Token): boolean => token.type === 'code' && token.codeBlockStyle !== 'indented';

const COMMENT = /<!--[\s\S]*?(?:-->|$)/g;
const BLOCK_FENCE = new RegExp(`^[ \\t]*(?:\`{3,}|~{3,})[ \\t]*(${BLOCKS.join('|')})[ \\t]*$`, 'gm');

/** The fences in text that the Markdown parser does not parse. */
const blockFences = (text: string): readonly Fence[] =>
  [...text.matchAll(BLOCK_FENCE)].map(([fence, name = '']) => ({text: fence.trim(), name}));
