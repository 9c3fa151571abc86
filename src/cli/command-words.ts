/**
 * Reads the words after one command of `leaderlab`: flags with their values, then arguments.
 */
import {type Command, InvalidArgumentError, type Option} from 'commander';
import {isLeaderId} from '../base/ids.ts';
import {printable} from '../base/printable.ts';
import {REGIONS} from '../command/grammar/leader-names.ts';
import {showPath} from '../command/grammar/quote.ts';
import {didYouMean} from '../command/grammar/suggest.ts';
import {Mistake} from './argument-mistake.ts';
import {ARGUMENTS, EXCLUSIVE, FLAG_VALUES, OTHER_FLAGS, REPEATABLE} from './flag-facts.ts';

/** `read` returns the words as commander takes them, or throws a `Mistake`. */
export class CommandWords {
  readonly #command: Command;
  readonly #words: readonly string[];
  readonly #isThere: (word: string) => boolean;
  readonly #values = new Map<string, unknown>();
  readonly #flags: string[] = [];
  readonly #arguments: string[] = [];
  #at = 0;

  constructor(command: Command, words: readonly string[], isThere: (word: string) => boolean) {
    this.#command = command;
    this.#words = words;
    this.#isThere = isThere;
  }

  read(): readonly string[] {
    while (this.#at < this.#words.length) {
      const word = this.#words[this.#at++] ?? '';
      if (word === '--') {
        this.#arguments.push(...this.#words.slice(this.#at));
        break;
      }
      if (word.startsWith('-') && word !== '-') this.#readFlag(word);
      else this.#arguments.push(word);
    }
    this.#refuseExclusive();
    this.#checkArguments();
    return this.#arguments.length === 0 ? this.#flags : [...this.#flags, '--', ...this.#arguments];
  }

  #readFlag(word: string): void {
    const [, flag = word, attached] = /^(--[^=]+|-[^-])(?:=|(?=.)|$)(.+)?$/s.exec(word) ?? [];
    const option = this.#command.options.find(({long, short}) => long === flag || short === flag);
    if (option === undefined) throw this.#unknown(word);
    const name = option.long ?? flag;
    if (this.#values.has(name) && !REPEATABLE.has(name))
      throw this.#mistake(option, `${name} is given twice`);
    if (!option.required) {
      if (attached !== undefined)
        throw this.#mistake(option, `${name} takes no value, not "${printable(attached)}"`);
      this.#values.set(name, true);
      this.#flags.push(name);
      return;
    }
    const value = this.#valueOf(option, name, attached);
    this.#values.set(name, this.#parsed(option, name, value));
    this.#flags.push(`${name}=${value}`);
  }

  #valueOf(option: Option, name: string, attached: string | undefined): string {
    const first = attached ?? this.#words[this.#at];
    const isMissing =
      first === undefined ||
      (attached === undefined &&
        this.#command.options.some(({long, short}) => first === long || first === short));
    if (isMissing) throw this.#mistake(option, `${name} needs a value: ${option.description}`);
    if (attached === undefined) this.#at++;
    if (name === '--leaders') this.#refuseSpaces(option, first);
    return name === '--resolver' || name === '--topology' ? this.#setting(name, first) : first;
  }

  /** Takes all words of the setting, quoted where the command language needs it. */
  #setting(name: string, first: string): string {
    const words = [first];
    const takesNext = (is: (word: string) => boolean, most = Number.POSITIVE_INFINITY): void => {
      for (
        let word = this.#words[this.#at];
        words.length <= most && word !== undefined && is(word);
        word = this.#words[this.#at]
      ) {
        words.push(first === 'custom' && name === '--resolver' ? showPath(word) : word);
        this.#at++;
      }
    };
    // If nothing else can follow, an unknown word is a misspelt leader.
    const takesAny = (word: string): boolean =>
      this.#command.registeredArguments.length === 0 && !word.startsWith('-');
    const key = `${name} ${first}`.toLowerCase();
    if (key === '--resolver custom') takesNext(word => !word.startsWith('-'), 1);
    if (key === '--resolver priority')
      takesNext(word => word.split(',').every(part => part === '' || this.#isLeader(part)) || takesAny(word));
    if (key === '--topology star') takesNext(word => this.#isLeader(word) || takesAny(word), 1);
    if (key === '--topology custom') takesNext(word => /^[^-/.]+[->][^/.]+$/.test(word));
    return words.join(' ');
  }

  #isLeader(word: string): boolean {
    const at = this.#words.findIndex(one => one === '--leaders' || one.startsWith('--leaders='));
    const named = at < 0 ? '' : (this.#words[at]?.split('=')[1] ?? this.#words[at + 1] ?? '');
    const names: readonly string[] = /[a-z]/.test(named) ? named.split(',') : REGIONS;
    return names.includes(word.replace(/,$/, ''));
  }

  /** `--leaders us eu ap`: the names after the first are not files. */
  #refuseSpaces(option: Option, first: string): void {
    if (!/^[a-z]/.test(first)) return;
    const more: string[] = [];
    for (const word of this.#words.slice(this.#at)) {
      if (!word.split(',').every(part => part === '' || isLeaderId(part)) || this.#isThere(word)) break;
      more.push(word);
    }
    if (more.length === 0) return;
    const names = [first, ...more]
      .flatMap(word => word.split(','))
      .filter(Boolean)
      .join(',');
    throw this.#mistake(
      option,
      '--leaders: separate leaders with commas, without spaces',
      `--leaders ${names}`,
    );
  }

  #parsed(option: Option, name: string, value: string): unknown {
    try {
      return option.parseArg?.(value, this.#values.get(name)) ?? value;
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      const meant = /did you mean ([^\s?]+)\?/.exec(error.message)?.[1];
      throw this.#mistake(
        option,
        `${name}: ${error.message.replace(/\.$/, '')}`,
        meant && `${name} ${meant}`,
      );
    }
  }

  #refuseExclusive(): void {
    for (const flags of EXCLUSIVE) {
      const [a, b] = flags.filter(flag => this.#values.has(flag));
      if (a === undefined || b === undefined) continue;
      throw this.#mistake(this.#optionOf(a), `${a} and ${b} cannot be combined`);
    }
  }

  #checkArguments(): void {
    const expected = this.#command.registeredArguments;
    // Run needs either files or commands.
    const needsFile = this.#command.name() === 'run' && !this.#values.has('--exec');
    const missing = expected.find(
      (argument, i) => (argument.required || needsFile) && this.#arguments[i] === undefined,
    );
    if (missing !== undefined) throw this.#mistake(undefined, `expected ${missing.description}`);
    const more = expected.some(({variadic}) => variadic) ? undefined : this.#arguments[expected.length];
    if (more !== undefined) throw this.#mistake(undefined, this.#tooMany(more));
    const absent = this.#command.options.find(
      option => option.mandatory && !this.#values.has(option.long ?? ''),
    );
    if (absent !== undefined) throw this.#mistake(absent, `expected ${absent.long}: ${absent.description}`);
  }

  #tooMany(word: string): string {
    if (this.#command.name() !== 'start') return `unexpected argument "${printable(word)}"`;
    return `unexpected argument "${printable(word)}"; to run a file, use run`;
  }

  #unknown(word: string): Mistake {
    const flag = word.split('=')[0] ?? word;
    const flags = this.#command.options.flatMap(({long, short}) =>
      [long, short].filter(one => one !== undefined),
    );
    const other = Object.hasOwn(OTHER_FLAGS, flag) ? OTHER_FLAGS[flag] : undefined;
    const meant = other !== undefined && flags.includes(other) ? other : undefined;
    const nearest =
      meant === undefined
        ? didYouMean(
            flag,
            flags.filter(one => one.startsWith('--')),
          )
        : `; did you mean ${meant}?`;
    const suggested = /did you mean (\S+)\?/.exec(nearest)?.[1];
    const there =
      flags.length === 0
        ? `${this.#command.name()} has no flags`
        : `its flags are ${flags.filter(one => one.startsWith('--')).join(' ')}`;
    return this.#mistake(
      suggested === undefined ? undefined : this.#optionOf(suggested),
      `no flag ${printable(flag)}${nearest === '' ? `; ${there}` : nearest}`,
    );
  }

  #optionOf(flag: string): Option | undefined {
    return this.#command.options.find(({long}) => long === flag);
  }

  #mistake(option: Option | undefined, message: string, flags?: string): Mistake {
    const name = this.#command.name();
    const flag = option?.long;
    const shown =
      flags ??
      (flag === undefined ? '' : option?.required ? `${flag} ${FLAG_VALUES[flag] ?? 'VALUE'}` : flag);
    const rest =
      flag !== undefined && ARGUMENTS[name]?.includes(flag)
        ? (ARGUMENTS[name] ?? '')
        : [shown, ARGUMENTS[name] ?? ''].filter(Boolean).join(' ');
    return new Mistake(
      name === 'start' ? '' : name,
      message,
      ['leaderlab', ...(name === 'start' ? [] : [name]), rest].filter(Boolean).join(' '),
    );
  }
}
