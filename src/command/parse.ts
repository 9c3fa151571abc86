/**
 * Text -> Action, or an error and its character. Never throws, whatever the text is.
 */
import type {Failure} from '../base/failure.ts';
import type {LeaderId} from '../base/ids.ts';
import type {Action, Target, TxnAction, WriteAction} from './action.ts';
import {quoted} from './grammar/arg-words.ts';
import {type CommandContext, Reader} from './grammar/reader.ts';
import {Refusal} from './grammar/refusal.ts';
import {didYouMean} from './grammar/suggest.ts';
import {understand} from './interpret-synonyms.ts';
import {showAction} from './show-action.ts';
import {
  COMMAND_NAMES,
  COMMANDS,
  type Command,
  commandCandidates,
  findCommand,
  type Group,
} from './table/all-commands.ts';

export type Parsed =
  /** `inOurWords` is the equivalent line of our grammar, if the line used words of another system. */
  | {readonly ok: true; readonly value: Action; readonly inOurWords?: string}
  /**
   * `caret` is the offset of the offending character, from 0; the text's length where something is missing at
   * its end.
   */
  | {readonly ok: false; readonly failure: Failure; readonly caret: number};

type Refused = Extract<Parsed, {ok: false}>;

/** Parses the line; if the grammar refuses it, tries the words of other systems. Ignores a `;` at the end. */
export function parse(text: string, context: CommandContext): Parsed {
  const line = withoutSemicolons(text);
  const parsed = parseWith(new Reader(line, context));
  return parsed.ok ? parsed : inOtherWords(line, parsed, context);
}

/** Removes `;` at the end. A regular expression for this would try again at every space. */
function withoutSemicolons(text: string): string {
  const rest = text.trimEnd();
  let end = rest.length;
  while (rest[end - 1] === ';') end -= 1;
  return end === rest.length ? text : rest.slice(0, end).trimEnd();
}

function inOtherWords(text: string, refused: Refused, context: CommandContext): Parsed {
  const strictly = (line: string): Parsed => parseWith(new Reader(line, context));
  const understood = understand(text, context, line => strictly(line).ok);
  if (understood === undefined) return refused;
  const {caret} = refused;
  const why = refused.failure.message.replace(/; did you mean [^;]*$/, '');
  if (understood.type === 'say') {
    const message = understood.text.startsWith('use: ') ? `${why}; ${understood.text}` : understood.text;
    return {ok: false, failure: {code: 'syntax', message}, caret};
  }
  const reader = new Reader(understood.line, context);
  const meant = parseWith(reader);
  if (understood.type === 'line')
    return meant.ok ? {...meant, inOurWords: showAction(meant.value)} : wrongAll(text, reader, meant);
  const use = meant.ok ? showAction(meant.value) : (reader.usage ?? understood.line);
  return {ok: false, failure: {code: 'syntax', message: `${understood.why ?? why}; use: ${use}`}, caret};
}

/**
 * The translated line is wrong. The caret keeps its place if both lines have the same end; otherwise it
 * stands at the start.
 */
function wrongAll(text: string, {text: line}: Reader, {failure, caret}: Refused): Refused {
  const behind = line.length - caret;
  const isSame = behind <= text.length && text.endsWith(line.slice(caret));
  if (isSame) return {ok: false, failure, caret: text.length - behind};
  return {
    ok: false,
    failure: {...failure, message: `${failure.message}, in: ${line}`},
    caret: text.length - text.trimStart().length,
  };
}

/**
 * Parses the text of the reader. Afterwards, the reader has the candidates for the end of the text, also on
 * errors.
 */
export function parseWith(reader: Reader): Parsed {
  try {
    return {ok: true, value: readLine(reader)};
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    return {ok: false, failure: refusal.failure, caret: refusal.caret};
  }
}

interface Part {
  readonly start: number;
  readonly action: Action;
}

/** `A`, or `A || B || …`. A colon before it is ignored: people who know other programs type it. */
function readLine(reader: Reader): Action {
  reader.take(':');
  const first = readPart(reader, COMMANDS);
  if (reader.atEnd && !reader.atSeparator) return first.action;
  const writes = [{...first, action: asWrite(reader, first)}];
  while (reader.take('||')) {
    const part = readPart(reader, WRITE_COMMANDS);
    writes.push({...part, action: asWrite(reader, part)});
  }
  refuseSameLeader(reader, writes);
  return {type: 'concurrently', writes: writes.map(({action}) => action)};
}

const WRITE_COMMANDS = COMMANDS.filter(({makes: [type]}) => type === 'write' || type === 'txn');

function readPart(reader: Reader, offered: readonly Command[]): Part {
  reader.usage = undefined;
  const start = reader.at;
  reader.offer(() => commandCandidates(offered.filter(({group}) => isWorthAnOffer(group, reader.context))));
  const word = reader.peek();
  if (word === undefined) throw reader.refuse(start, 'expected a command', 'help lists the commands');
  const found = word.quoted ? undefined : findCommand(word.text);
  if (found === undefined) {
    throw reader.refuse(
      start,
      `no command ${quoted(word)}${didYouMean(word.text, COMMAND_NAMES)}`,
      'help lists the commands',
    );
  }
  reader.word('a command');
  const action = found.read(reader);
  if (!reader.atEnd) throw tooMany(reader);
  return {start, action};
}

function isWorthAnOffer(group: Group, {isTimeVirtual, isLabOpen}: CommandContext): boolean {
  if (group === 'time') return isTimeVirtual !== false;
  return group !== 'lab' || isLabOpen !== false;
}

function tooMany(reader: Reader): Refusal {
  const word = reader.peek();
  if (word === undefined) return reader.refuse(reader.at, 'expected nothing more');
  const usage = reader.usage ?? '';
  if (word.text.startsWith('#')) return reader.refuse(word.start, 'a comment must be on a line of its own');
  if (word.text === 'if' && !word.quoted)
    return reader.refuse(word.start, 'only set takes an if, and only one');
  const isLeader =
    !word.quoted && reader.context.leaders.some(id => id === word.text) && usage.includes('[@LEADERS]');
  const hint =
    /VALUE|ELEMENT|WRITE/.test(usage) && !isLeader && !word.text.startsWith('@')
      ? `usage: ${usage}; quote a text of several words`
      : undefined;
  return reader.refuse(
    word.start,
    `${quoted(word)} was not expected${isLeader ? `; did you mean @${word.text}?` : ''}`,
    hint,
  );
}

function asWrite(reader: Reader, {start, action}: Part): WriteAction | TxnAction {
  if (action.type === 'write' || action.type === 'txn') return action;
  const names = WRITE_COMMANDS.map(({name}) => name).join(', ');
  throw reader.refuse(
    start,
    'only writes can be concurrent',
    `the commands on both sides of || can be ${names}; to store || itself, quote it`,
  );
}

/**
 * A leader orders its own writes, so two at one leader are never concurrent. Only a session knows which
 * leader is focused.
 */
function refuseSameLeader(
  reader: Reader,
  parts: readonly {readonly start: number; readonly action: WriteAction | TxnAction}[],
): void {
  const taken: Target[] = [];
  for (const {start, action} of parts) {
    for (const other of taken) {
      const shared = sharedPlace(action.at, other, reader.context.leaders);
      if (shared === undefined) continue;
      throw reader.refuse(
        start,
        `a second write at ${shared}: a leader orders its own writes, so they are not concurrent`,
        SAME_LEADER_HINT,
      );
    }
    taken.push(action.at);
  }
}

const SAME_LEADER_HINT = 'name another leader with @, as in: set title A @us || set title B @eu';

function sharedPlace(a: Target, b: Target, known: readonly LeaderId[]): string | undefined {
  if (a.type === 'focused' && b.type === 'focused') return 'the focused leader';
  if (a.type === 'all' || b.type === 'all')
    return b.type === 'leaders' ? b.leaders[0] : a.type === 'leaders' ? a.leaders[0] : known[0];
  if (a.type === 'focused' || b.type === 'focused') return undefined;
  return a.leaders.find(id => b.leaders.includes(id));
}
