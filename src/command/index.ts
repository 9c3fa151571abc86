/**
 * The command language: text -> Action, or an error with a caret. Pure; knows leaders only as names.
 *
 * `action.ts` what can be asked for · `table/` the one table of commands · `grammar/` how rows read
 * themselves · `table/synonyms/` the words of other systems, which `interpret-synonyms.ts` uses after the
 * grammar refuses a line · `parse.ts`, `complete.ts`, `help.ts`, `reference.ts` what is made from the table ·
 * `show-*.ts` the way back to text.
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
