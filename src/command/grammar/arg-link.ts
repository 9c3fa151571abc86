/**
 * The changes that `link` makes: any settings of a link, each once, in any order; or `clear`.
 */
import type {LinkChange} from '../action.ts';
import {type Arg, readArg} from './arg.ts';
import {bandwidth, duration, share} from './arg-amounts.ts';
import {atWord, quoted} from './arg-words.ts';
import {showBandwidth, showDuration, showShare} from './quote.ts';
import type {Reader} from './reader.ts';
import {didYouMean} from './suggest.ts';

interface LinkSetting {
  readonly text: string;
  readonly field: keyof LinkChange;
  readonly amount: Arg<number>;
  readonly show: (amount: number) => string;
  readonly summary: string;
}

export const LINK_SETTINGS: readonly LinkSetting[] = [
  {
    text: 'latency',
    field: 'latencyMs',
    amount: duration('DURATION'),
    show: showDuration,
    summary: 'how long a message takes, one way',
  },
  {
    text: 'jitter',
    field: 'jitterMs',
    amount: duration('DURATION'),
    show: showDuration,
    summary: 'by how much that varies, either way',
  },
  {
    text: 'bandwidth',
    field: 'bandwidthBytesPerS',
    amount: bandwidth('BANDWIDTH'),
    show: showBandwidth,
    summary: 'how many bytes pass each second, such as 100kb or 1.5mb; or none, for no limit',
  },
  {
    text: 'loss',
    field: 'lossShare',
    amount: share('SHARE'),
    show: showShare,
    summary: 'the share of messages that vanish, such as 5%',
  },
  {
    text: 'dup',
    field: 'dupShare',
    amount: share('SHARE'),
    show: showShare,
    summary: 'the share of messages that arrive twice',
  },
  {
    text: 'reorder',
    field: 'reorderShare',
    amount: share('SHARE'),
    show: showShare,
    summary: 'the share of messages that those behind them overtake',
  },
];

const CLEAR = {text: 'clear', summary: 'as the lab started it'};
const NAMES = LINK_SETTINGS.map(({text}) => text);

/**
 * Reads the settings that `link` changes, or `clear`, to the end of the command. Amounts are in ms, in bytes
 * per second (0: no limit), and shares from 0 to 1. Throws a Refusal if a setting is unknown or given twice.
 */
export const linkChange: Arg<LinkChange | 'clear'> = {
  usage: `${LINK_SETTINGS.map(({text, amount}) => `[${text} ${amount.usage}]`).join(' ')} | clear`,
  offer: reader => reader.offer(() => [...LINK_SETTINGS, CLEAR]),
  read(reader) {
    if (atWord(reader, CLEAR.text)) {
      reader.word(CLEAR.text);
      return 'clear';
    }
    let made: LinkChange = readSetting(reader, {});
    for (;;) {
      reader.offer(() => LINK_SETTINGS.filter(({field}) => made[field] === undefined));
      if (reader.atEnd) return made;
      made = readSetting(reader, made);
    }
  },
};

/** Returns the change as a person types it: `latency 80ms loss 5%`, or `clear`. */
export function showChange(change: LinkChange | 'clear'): string {
  if (change === 'clear') return change;
  return LINK_SETTINGS.flatMap(({text, field, show}) => {
    const amount = change[field];
    return amount === undefined ? [] : [`${text} ${show(amount)}`];
  }).join(' ');
}

function readSetting(reader: Reader, made: LinkChange): LinkChange {
  const isFirst = Object.keys(made).length === 0;
  const word = reader.word(`${NAMES.join(', ')} or clear`);
  const found = LINK_SETTINGS.find(({text}) => text === word.text);
  if (found === undefined) {
    if (word.text === CLEAR.text && !isFirst)
      throw reader.refuse(word.start, 'clear cannot be combined with settings: it removes all of them');
    throw reader.refuse(
      word.start,
      `a link has no ${quoted(word)}${didYouMean(word.text, [...NAMES, CLEAR.text])}`,
    );
  }
  if (made[found.field] !== undefined) throw reader.refuse(word.start, `${found.text} is given twice`);
  return {...made, [found.field]: readArg(found.amount, reader)};
}
