/**
 * The command language: text -> Action, or an error with a caret. Pure. It knows leaders only as names.
 *
 * `action.ts` has the actions, `table/` the one table of commands, and `grammar/` the parts that read a row.
 * `table/synonyms/` has the words of other systems, which `interpret-synonyms.ts` uses after the grammar
 * refuses a line. `parse.ts`, `complete.ts`, `help.ts` and `reference.ts` use the table, and `show-action.ts`
 * turns an action back into text.
 */
export {complete, usageAt} from './complete.ts';
export {showDuration, showValue, showWord} from './grammar/quote.ts';
export type {CommandContext} from './grammar/reader.ts';
export {helpLines} from './help.ts';
export {LineParser, type ParsedCommand, parsedFor} from './line-parser.ts';
export {parse} from './parse.ts';
export {reference} from './reference.ts';
export {showAction} from './show-action.ts';
export {CHECKS, COMMANDS, GROUPS, type Group, showCheck} from './table/all-commands.ts';
export {underline} from './underline.ts';
