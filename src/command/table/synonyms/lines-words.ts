/**
 * Other ways to write any command: the leader before the command, flags, several commands on a line, and
 * characters that an input method or a word processor inserts instead of those of the grammar.
 */

import {SETTING_NAMES} from '../../action.ts';
import {LINK_SETTINGS} from '../../grammar/arg-link.ts';
import type {CommandContext} from '../../grammar/reader.ts';
import {leaderOf, type Meaning, say} from './row.ts';

export interface LineRule {
  readonly from: string;
  readonly examples: readonly [string, ...string[]];
  readonly means: (line: string, words: readonly string[], context: CommandContext) => Meaning | undefined;
}

/** Rules for whole lines, where no first word tells what is meant; the first that fits is taken. */
export const LINES: readonly LineRule[] = [
  {
    from: 'a pasted prompt',
    examples: ['$ set title A', '`set title A`'],
    means: line => changed(line, line.replace(/^\s*[$>›`]+\s*|\s*`+\s*$/g, ''), 'accept'),
  },
  {from: 'the leader first', examples: ['@us set title A', 'us: set title A', 'us kill'], means: leaderFirst},
  {from: 'plain words', examples: ['set title A on us', 'get title from us'], means: leaderLast},
  {from: 'programming', examples: ['title = A', 'likes++', 'ack=quorum'], means: assignment},
  {
    from: 'a word processor',
    examples: ['set cart {“milk”: 2}', 'cut us—eu'],
    means: line => changed(line, straightened(line), 'use', 'these are typographic quotes or dashes'),
  },
  {
    from: 'an input method',
    examples: ['ｓｅｔ title A', 'set title A ＠us'],
    means: line => changed(line, halfWidth(line), 'use', 'these are full-width characters'),
  },
  {from: 'flags', examples: ['set title A --at us', 'kill -9 us', 'cut us-eu --help'], means: flags},
  {
    from: 'SQL and the shell',
    examples: ['set a 1; set b 2', 'kill us && restart us', 'begin; set a 1; set b 2; commit'],
    means: severalCommands,
  },
];

const changed = (line: string, other: string, type: 'accept' | 'use', why?: string): Meaning | undefined => {
  if (other === line) return undefined;
  return type === 'accept' ? {type, line: other} : {type, line: other, ...(why === undefined ? {} : {why})};
};

const ARE_LEADERS_THEMSELVES = /^(?:kill|restart|pause|resume|leave|focus|crash|start|freeze|isolate)$/i;

/** `@us set title A`, `us: set title A`, `us> …`, `us› …`, `on us: …`. */
function leaderFirst(line: string, _words: readonly string[], context: CommandContext): Meaning | undefined {
  const [, place, rest = ''] = /^\s*(?:(?:on|at)\s+)?(@?[\w,]+)\s*[:>›$#]*\s*(.*?)\s*$/su.exec(line) ?? [];
  if (place === undefined || /^\s*[->]/.test(rest)) return undefined;
  const named = place.replace(/^@/, '').split(',');
  const leaders = named.map(
    name => leaderOf(name, context) ?? (name === 'all' && place.startsWith('@') ? 'all' : undefined),
  );
  if (leaders.includes(undefined)) return undefined;
  if (rest === '') return {type: 'use', line: `focus ${leaders[0]}`};
  const [command = '', ...args] = rest.split(/\s+/);
  if (leaderOf(command, context) !== undefined) return undefined;
  if (ARE_LEADERS_THEMSELVES.test(command) && args.length === 0)
    return {type: 'accept', line: `${command} ${leaders.join(' ')}`};
  return {type: 'accept', line: `${rest} @${leaders.join(',')}`};
}

/** `set title A on us`. */
function leaderLast(line: string, words: readonly string[], context: CommandContext): Meaning | undefined {
  const leader = leaderOf(words.at(-1), context);
  if (leader === undefined || words.length < 4 || !/^(?:on|at|in|from|to|for|@)$/i.test(words.at(-2) ?? ''))
    return undefined;
  return {type: 'accept', line: `${line.replace(/\s+\S+\s+\S+$/, '')} @${leader}`};
}

/** `title = A`, `likes++`, and `ack=quorum`, which sets no key. */
function assignment(line: string): Meaning | undefined {
  const [, counter, sign] = /^\s*([^\s="'{[]+?)\s*(\+\+|--)\s*;?$/.exec(line) ?? [];
  if (counter !== undefined) return {type: 'use', line: `incr ${counter}${sign === '--' ? ' -1' : ''}`};
  const [, key, value] = /^\s*([^\s="'{[(]+?)\s*(?::=|=)\s*(\S.*)$/s.exec(line) ?? [];
  if (key === undefined || value === undefined) return settingAssigned(line);
  if (LINK_SETTINGS.some(({text}) => text === key)) return {type: 'use', line: `link us-eu ${key} ${value}`};
  return SETTING_NAMES.some(name => name === key)
    ? {type: 'accept', line: `${key} ${value}`}
    : {type: 'use', line: `set ${key} ${value}`};
}

function settingAssigned(line: string): Meaning | undefined {
  const [, key, value] = /^\s*([a-z]+)\s*:\s*(\S.*)$/i.exec(line) ?? [];
  return value !== undefined && SETTING_NAMES.some(name => name === key)
    ? {type: 'accept', line: `${key} ${value}`}
    : undefined;
}

const straightened = (line: string): string =>
  line
    .replace(/[“”„‟]/g, '"')
    .replace(/[‘’‚‛]/g, "'")
    .replace(/[–—−‐‑]/g, '-')
    .replace(/[→⟶⇒]/g, '>');

/** The forms of ASCII as wide as Chinese characters, and their space. */
const halfWidth = (line: string): string =>
  line
    .replace(/[\uff01-\uff5e]/g, char => String.fromCharCode(char.charCodeAt(0) - 0xfee0))
    .replace(/\u3000/g, ' ');

/** A number with a sign may be data; behind these commands it is a signal. */
const TAKES_SIGNAL = /^(?:kill|stop|restart|pause|resume)$/i;

const NAMES_LEADERS = /^--?(?:at|on|leaders?|nodes?|to|from|host|target|l|n)(?:=(.+))?$/;

/** `--at us` is `@us`; other flags are left out. */
function flags(line: string, words: readonly string[], context: CommandContext): Meaning | undefined {
  if (words.length > 1 && /^(?:--help|-h|-\?|\/\?)$/.test(words.at(-1) ?? ''))
    return {type: 'accept', line: `help ${words[0]}`};
  // These flags are its own.
  const isFlag = (word: string): boolean =>
    /^--?[a-z?]|^--\d/i.test(word) || (/^-\d/.test(word) && TAKES_SIGNAL.test(words[0] ?? ''));
  if (words[0] === 'conflicts' || !words.some(isFlag)) return undefined;
  const kept: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    const [flag, attached] = NAMES_LEADERS.exec(word) ?? [];
    const place = attached ?? words[i + 1];
    if (flag !== undefined && place?.split(',').every(name => name === 'all' || leaderOf(name, context))) {
      kept.push(`@${place.replace(/^@/, '')}`);
      if (attached === undefined) i++;
    } else if (!isFlag(word) || i === 0) kept.push(word);
  }
  const other = kept.join(' ');
  return other === line ? undefined : {type: 'use', line: other, why: 'commands take no flags'};
}

function severalCommands(_line: string, words: readonly string[]): Meaning | undefined {
  const lines: string[][] = [[]];
  for (const [i, word] of words.entries()) {
    if (/^(?:&&|;+)$/.test(word) || isCommandBehind(word, words[i + 1])) lines.push([]);
    else if (/;$/.test(word) && !/^["']/.test(word))
      lines.push([...(lines.pop() ?? []), word.replace(/;+$/, '')], []);
    else lines.at(-1)?.push(word);
  }
  const commands = lines.filter(line => line.length > 0).map(line => line.join(' '));
  if (commands.length < 2) return undefined;
  if (/^txn\b/i.test(commands[0] ?? '')) return {type: 'accept', line: commands.join(', ')};
  const inside = commands.filter(
    command => !/^(?:begin|start transaction|multi|commit|exec|end)$/i.test(command),
  );
  if (inside.length < commands.length)
    return {type: 'use', line: inside.length > 1 ? `txn ${inside.join(', ')}` : inside.join()};
  return say(`type one command per line; use: ${commands.slice(0, 5).join(', then ')}`);
}

/** Whether the word stands between two commands: `set a 1 and set b 2`. */
export const isCommandBehind = (word: string, next: string | undefined): boolean =>
  /^(?:and|then)$/i.test(word) &&
  /^(?:set|del|incr|sadd|srem|hset|get|kill|restart|pause|resume|cut|heal|hold|release)$/i.test(next ?? '');
