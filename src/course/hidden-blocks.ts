/**
 * Blocks where nobody would carry them out: in a list, a quote or HTML, or indented. A lab that holds because
 * its checks were passed over is worse than one that fails, so they are told.
 */
import type {Token} from 'marked';
import {BLOCKS} from './blocks.ts';

export interface HiddenBlock {
  readonly line: number;
  /** What stands behind its fence. */
  readonly name: string;
  /** What it is in, in words. */
  readonly inside: string;
}

/** Of a token of the top level that begins in that line. */
export function hiddenBlocks(token: Token, line: number): readonly HiddenBlock[] {
  const inside = INSIDE[token.type];
  if (inside === undefined || isFenced(token)) return [];
  const lines = token.raw.split('\n');
  let from = 0;
  // A token within another does not say where it is; but they come in the order of their lines.
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
  /** Its line, without what it is in. */
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

/** In text that Markdown does not look into. */
const blockFences = (text: string): readonly Fence[] =>
  [...text.matchAll(BLOCK_FENCE)].map(([fence, name = '']) => ({text: fence.trim(), name}));
