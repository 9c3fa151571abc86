/**
 * Parses the Markdown of a lab: returns the lab, or all errors in it. Pure.
 */
import {lexer, type Token} from 'marked';
import {BLOCKS, type BlockName, BlockReader} from './blocks.ts';
import {readFrontMatter} from './front-matter.ts';
import {type HiddenBlock, hiddenBlocks} from './hidden-blocks.ts';
import {isTooMuch} from './lab-limits.ts';
import type {Block, Lab, LabError, Part, Step} from './lab-types.ts';
import {blocksOf} from './prose.ts';

export type LabRead =
  | {readonly ok: true; readonly lab: Lab}
  | {readonly ok: false; readonly errors: readonly LabError[]};

/** `name` is that of the file, without `.md`. Errors are sorted by line. */
export function readLab(name: string, source: string): LabRead {
  const text = source.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
  const tooMuch = isTooMuch(text);
  if (tooMuch !== undefined) return {ok: false, errors: [tooMuch]};
  const {about, resolverLine, errors, body, linesBefore} = readFrontMatter(text);
  // Without the front matter, the leaders are unknown, so no command can be checked.
  if (about === undefined) return {ok: false, errors};
  const {intro, steps, errors: wrong} = readBody(body, linesBefore, about.leaders);
  const all = [...errors, ...wrong].sort((a, b) => a.line - b.line);
  if (all.length === 0 && steps.length === 0)
    all.push({
      line: linesBefore + 1,
      message: 'a lab without a step',
      hint: 'begin one with: ## What happens',
    });
  return all.length === 0
    ? {ok: true, lab: {name, about, resolverLine, intro, steps}}
    : {ok: false, errors: all};
}

/** A step while it is read. */
interface Draft {
  readonly title: string;
  readonly line: number;
  readonly parts: Part[];
  /** The blocks of its last part, if that is prose. */
  prose: Block[] | undefined;
}

function readBody(body: string, linesBefore: number, leaders: Lab['about']['leaders']) {
  const blocks = new BlockReader(leaders);
  const intro: Block[] = [];
  const steps: Draft[] = [];
  let line = linesBefore + 1;
  try {
    for (const token of lexer(body)) {
      for (const hidden of hiddenBlocks(token, line)) refuseHidden(hidden, blocks);
      const part = partOf(token, line, blocks);
      const step = steps.at(-1);
      if (token.type === 'heading' && token.depth === 2)
        steps.push({title: token.text, line, parts: [], prose: undefined});
      else if (part !== undefined && step !== undefined) addTo(step, part);
      else if (part?.type === 'prose') intro.push(...part.prose.filter(({type}) => type !== 'heading'));
      else if (part !== undefined)
        blocks.errors.push({
          line,
          message: 'a block before the first step',
          hint: 'begin the step with: ## What happens',
        });
      line += token.raw.split('\n').length - 1;
    }
  } catch (error) {
    // Brackets that are nested very deeply exhaust the stack of the parser.
    if (!(error instanceof RangeError)) throw error;
    blocks.errors.push({
      line,
      message: `cannot be read from here on: ${error.message}`,
      hint: 'nest less deeply',
    });
  }
  return {intro, steps: steps as readonly Step[], errors: blocks.errors};
}

function partOf(token: Token, line: number, blocks: BlockReader): Part | undefined {
  if (token.type !== 'code') {
    const prose = blocksOf(token);
    return prose.length === 0 ? undefined : {type: 'prose', prose};
  }
  const name = (token.lang ?? '').trim();
  if (isBlock(name)) return blocks.read(name, line, token.text);
  if (ILLUSTRATIONS.includes(name)) return {type: 'prose', prose: blocksOf(token)};
  blocks.unknown(line, name);
  return undefined;
}

function refuseHidden({line, name, inside}: HiddenBlock, blocks: BlockReader): void {
  if (isBlock(name)) blocks.hidden(line, name, inside);
  else if (!ILLUSTRATIONS.includes(name)) blocks.unknown(line, name);
}

/** The languages of code that a lab may show. Indented code and a fence without a name have no language. */
const ILLUSTRATIONS = ['', 'text', 'js', 'mjs', 'ts', 'sql', 'json', 'sh'];

const isBlock = (name: string): name is BlockName => BLOCKS.some(block => block === name);

/** Adds a part. Adjacent prose becomes one part. */
function addTo(step: Draft, part: Part): void {
  if (part.type === 'prose' && step.prose !== undefined) {
    for (const block of part.prose) step.prose.push(block);
    return;
  }
  step.prose = part.type === 'prose' ? [...part.prose] : undefined;
  step.parts.push(step.prose === undefined ? part : {type: 'prose', prose: step.prose});
}
