/**
 * The fenced blocks of a lab: `lab`, `check`, `predict`, `task`. Each of their lines is checked against the
 * command language, with the leaders that exist at that point.
 */
import {isGuideAction} from '../command/action.ts';
import {didYouMean} from '../command/grammar/suggest.ts';
import {type CommandContext, LineParser} from '../command/index.ts';
import type {ScriptCommand} from '../command/script.ts';
import type {Choice, LabCheck, LabError, Part} from './lab-types.ts';
import {splitUnquoted, unquotedPlaces} from './unquoted.ts';

export const BLOCKS = ['lab', 'check', 'predict', 'task'] as const;
export type BlockName = (typeof BLOCKS)[number];

interface Row {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** Reads one block after another, and tracks which leaders join and leave. */
export class BlockReader {
  readonly errors: LabError[] = [];
  readonly #parser: LineParser;

  constructor(leaders: CommandContext['leaders']) {
    this.#parser = new LineParser({leaders});
  }

  /** `line` is the line of the fence, from 1. What is wrong goes to `errors`. */
  read(name: BlockName, line: number, text: string): Part {
    // The fence is the first line.
    const rows = text.split('\n').map((row, i): Row => ({line: line + 1 + i, text: row.trim()}));
    const content = rows.filter(row => row.text !== '' && !row.text.startsWith('#'));
    if (content.length === 0) this.#refuse(line, `an empty ${name} block`, EXAMPLES[name]);
    switch (name) {
      case 'lab':
        return {type: 'commands', line, commands: content.flatMap(row => this.#command(row))};
      case 'check':
        return {type: 'checks', line, checks: content.flatMap(row => this.#check(row))};
      case 'predict':
        return this.#predict(line, content);
      case 'task':
        return this.#task(line, content);
    }
  }

  /** Reports a block with a name that does not exist. */
  unknown(line: number, name: string): void {
    this.#refuse(
      line,
      `no block ${JSON.stringify(name)}${didYouMean(name, BLOCKS)}`,
      `there are ${BLOCKS.join(', ')}`,
    );
  }

  /** Reports a block that would be ignored. */
  hidden(line: number, name: BlockName, inside: string): void {
    this.#refuse(
      line,
      `a ${name} block inside ${inside}`,
      'begin it at the left margin, with an empty line before it',
    );
  }

  #predict(line: number, rows: readonly Row[]): Part {
    const isChoice = (row: Row): boolean => /^[-*] /.test(row.text);
    const question = rows.filter(row => !isChoice(row)).map(row => row.text);
    const choices = rows.filter(isChoice).flatMap(row => this.#choice(row));
    if (question.length === 0) this.#refuse(line, 'a prediction without a question', EXAMPLES.predict);
    else if (rows.filter(isChoice).length < 2)
      this.#refuse(line, 'a prediction has at least two choices', EXAMPLES.predict);
    if (choices.filter(({holds}) => holds === 'otherwise').length > 1)
      this.#refuse(line, 'only one choice can be right otherwise');
    return {type: 'predict', line, question: question.join(' '), choices};
  }

  /** `- TEXT | CHECK && CHECK`, `- TEXT | otherwise`. */
  #choice({line, text}: Row): Choice[] {
    const bar = unquotedPlaces(text, ' | ').at(-1);
    if (bar === undefined) {
      this.#refuse(line, 'a choice must say after a bar when it is right', EXAMPLES.predict);
      return [];
    }
    const [answer, when] = [text.slice(2, bar).trim(), text.slice(bar + 3).trim()];
    if (when === 'otherwise') return [{line, text: answer, holds: 'otherwise'}];
    const holds = splitUnquoted(when, ' && ').flatMap(one => this.#check({line, text: one.trim()}));
    return holds.length === 0 ? [] : [{line, text: answer, holds}];
  }

  /** Lines that begin with `check:`, `hint:` or `solution:`; the others are the goal. */
  #task(line: number, rows: readonly Row[]): Part {
    const of = (word: string): Row[] =>
      rows
        .filter(row => row.text.startsWith(`${word}:`))
        .map(row => ({line: row.line, text: row.text.slice(word.length + 1).trim()}));
    const goal = rows.filter(row => !/^(check|hint|solution):/.test(row.text)).map(row => row.text);
    const checks = of('check').flatMap(row => this.#check(row));
    const solution = of('solution').flatMap(row => this.#command(row));
    if (goal.length === 0) this.#refuse(line, 'a task without a goal', EXAMPLES.task);
    if (of('check').length === 0)
      this.#refuse(line, 'a task without a check: the lab cannot tell when it is done', EXAMPLES.task);
    if (of('solution').length === 0)
      this.#refuse(line, 'a task without a solution: a run without a person cannot do it', EXAMPLES.task);
    return {
      type: 'task',
      line,
      goal: goal.join(' '),
      checks,
      hints: of('hint').map(row => row.text),
      solution,
    };
  }

  #command({line, text}: Row): ScriptCommand[] {
    const parsed = this.#parser.parse(text);
    if (!parsed.ok) {
      this.#refuse(line, `${parsed.failure.message}: ${text}`, parsed.failure.hint);
      return [];
    }
    const {action} = parsed.command;
    if (isGuideAction(action)) {
      this.#refuse(line, `${text} is for the person, not for the lab`, 'leave it out');
      return [];
    }
    if (action.type === 'quit') {
      this.#refuse(line, `${text}: a lab ends by itself`, 'leave it out');
      return [];
    }
    return [{line, ...parsed.command}];
  }

  /** Reads a check with or without its `expect`. */
  #check({line, text}: Row): LabCheck[] {
    const bare = text.replace(/^expect\s+/, '');
    const parsed = this.#parser.parse(`expect ${bare}`);
    if (parsed.ok && parsed.command.action.type === 'expect')
      return [{line, text: bare, check: parsed.command.action.check, command: parsed.command}];
    const failure = parsed.ok ? undefined : parsed.failure;
    this.#refuse(line, `${failure?.message ?? 'no check'}: ${bare}`, failure?.hint);
    return [];
  }

  #refuse(line: number, message: string, hint?: string): void {
    this.errors.push({line, message, ...(hint === undefined ? {} : {hint})});
  }
}

const EXAMPLES: {readonly [name in BlockName]: string} = {
  lab: 'one command per line, such as: set title A @us',
  check: 'one check per line, such as: get title @all = A',
  predict: 'a question, and choices such as: - A wins | get title @all = A',
  task: 'a goal, and lines such as: check: converged, hint: look at the clocks, solution: clock eu reset',
};
