/**
 * Converts Markdown tokens to blocks that a terminal can show.
 */
import type {Token, Tokens} from 'marked';
import type {Block, Span} from './lab-types.ts';

/** The blocks of a token; empty for a token without text, such as a rule or a comment. */
export function blocksOf(token: Token): Block[] {
  switch (token.type) {
    case 'paragraph':
      return [{type: 'paragraph', spans: spansOf(token.tokens ?? [])}];
    case 'text':
      return [
        {type: 'paragraph', spans: token.tokens === undefined ? [plain(token.text)] : spansOf(token.tokens)},
      ];
    case 'heading':
      return [{type: 'heading', spans: spansOf(token.tokens ?? [])}];
    case 'blockquote':
      return (token.tokens ?? [])
        .flatMap(blocksOf)
        .map(block => ('spans' in block ? {type: 'quote', spans: block.spans} : block));
    case 'code':
      return [{type: 'code', lines: token.text.split('\n')}];
    case 'list':
      return (token as Tokens.List).items.flatMap((item, i) =>
        itemBlocks(item, bulletOf(token as Tokens.List, i)),
      );
    default:
      return [];
  }
}

function itemBlocks(item: Tokens.ListItem, bullet: string): Block[] {
  const [first, ...rest] = item.tokens.flatMap(blocksOf);
  if (first === undefined) return [];
  const head: Block = 'spans' in first ? {type: 'item', bullet, spans: first.spans} : first;
  return [head, ...rest];
}

const bulletOf = ({ordered, start}: Tokens.List, i: number): string =>
  ordered ? `${Number(start) + i}.` : '•';

function spansOf(tokens: readonly Token[], style: Span['style'] = 'plain'): Span[] {
  return tokens.flatMap((token): Span[] => {
    switch (token.type) {
      case 'strong':
        return spansOf(token.tokens ?? [], 'strong');
      case 'em':
        return spansOf(token.tokens ?? [], 'em');
      case 'codespan':
        return [{text: token.text, style: 'code'}];
      case 'link':
        return spansOf(token.tokens ?? [], style);
      case 'br':
        return [{text: ' ', style}];
      default: {
        const text = 'text' in token ? String(token.text) : token.raw;
        return 'tokens' in token && token.tokens !== undefined
          ? spansOf(token.tokens, style)
          : [{text: oneLine(text), style}];
      }
    }
  });
}

const plain = (text: string): Span => ({text: oneLine(text), style: 'plain'});

/** In Markdown, a line break and the white space around it are one space. */
const oneLine = (text: string): string => text.replace(/\s+/g, space => (space.includes('\n') ? ' ' : space));
