/**
 * Commands that make leaders and links suffer, and those that make it good again.
 */
import type {LinkSelector} from '../action.ts';
import {type Arg, optional, readArg} from '../arg.ts';
import {groups, leaders, links} from '../arg-places.ts';
import {duration, literal} from '../arg-words.ts';
import type {Reader} from '../reader.ts';
import {didYouMean} from '../suggest.ts';
import {type Command, command} from './command.ts';

interface Change {
  readonly latencyMs?: number;
  readonly jitterMs?: number;
}

const SETTINGS = [
  {text: 'latency', summary: 'how long a message takes, one way'},
  {text: 'jitter', summary: 'by how much that varies, either way'},
] as const;
const CLEAR = {text: 'clear', summary: 'as the lab started it'} as const;

/** `latency 80ms jitter 20ms`, or `clear`. */
const change: Arg<Change | 'clear'> = {
  usage: '[latency DURATION] [jitter DURATION] | clear',
  offer: reader => reader.offer(() => [...SETTINGS, CLEAR]),
  read(reader) {
    if (reader.peek()?.text === CLEAR.text) return readArg(literal(CLEAR.text, CLEAR.summary), reader) as 'clear';
    let made: Change = readSetting(reader, {});
    for (;;) {
      reader.offer(() => SETTINGS.filter(({text}) => !Object.hasOwn(made, `${text}Ms`)));
      if (reader.atEnd) return made;
      made = readSetting(reader, made);
    }
  },
};

function readSetting(reader: Reader, made: Change): Change {
  const word = reader.word('latency, jitter or clear');
  const found = SETTINGS.find(({text}) => text === word.text);
  if (found === undefined) {
    const names = [...SETTINGS.map(({text}) => text), CLEAR.text];
    throw reader.refuse(word.start, `a link has no ${JSON.stringify(word.text.slice(0, 40))}${didYouMean(word.text, names)}`);
  }
  const name = `${found.text}Ms` as const;
  if (made[name] !== undefined) throw reader.refuse(word.start, `${found.text} is given twice`);
  return {...made, [name]: duration('DURATION').read(reader)};
}

export const FAULTS: readonly Command[] = [
  command('leader', 'kill', {
    name: 'kill',
    summary: 'kills leaders as a crash does, without warning (SIGKILL)',
    examples: ['kill ap', 'kill us eu'],
    args: [leaders],
    make: named => ({type: 'kill', leaders: named}),
  }),
  command('leader', 'restart', {
    name: 'restart',
    summary: 'starts killed leaders again, on the data they had',
    examples: ['restart ap'],
    args: [leaders],
    make: named => ({type: 'restart', leaders: named}),
  }),
  command('leader', 'pause', {
    name: 'pause',
    summary: 'freezes leaders: they live, and do not answer (SIGSTOP)',
    examples: ['pause eu'],
    args: [leaders],
    make: named => ({type: 'pause', leaders: named}),
  }),
  command('leader', 'resume', {
    name: 'resume',
    summary: 'lets paused leaders go on',
    examples: ['resume eu'],
    args: [leaders],
    make: named => ({type: 'resume', leaders: named}),
  }),
  command('link', 'cut', {
    name: 'cut',
    summary: 'lets nothing pass; what is sent meanwhile is lost',
    examples: ['cut us-eu', 'cut us>eu', 'cut us-eu, us-ap'],
    args: [links],
    make: named => ({type: 'cut', links: named}),
  }),
  command('link', 'hold', {
    name: 'hold',
    summary: 'keeps messages back, in order, until release',
    examples: ['hold us>eu'],
    args: [links],
    make: named => ({type: 'hold', links: named}),
  }),
  command('link', 'release', {
    name: 'release',
    summary: 'lets the messages pass that were held',
    examples: ['release us>eu'],
    args: [links],
    make: named => ({type: 'release', links: named}),
  }),
  command('link', 'heal', {
    name: 'heal',
    summary: 'takes every fault away from these links, or from all',
    detail: ['The latencies that the lab started with return.'],
    examples: ['heal', 'heal us-eu'],
    args: [optional<readonly LinkSelector[], 'all'>(links, 'all')],
    make: named => ({type: 'heal', links: named}),
  }),
  command('link', 'partition', {
    name: 'partition',
    summary: 'cuts every link between the groups',
    detail: ['A leader in no group keeps all its links.'],
    examples: ['partition us eu / ap'],
    args: [groups],
    make: made => ({type: 'partition', groups: made}),
  }),
  command('link', 'link', {
    name: 'link',
    summary: 'sets the latency and jitter of links, or clears what was set',
    detail: ['clear gives a link back what the lab started it with, as heal does.'],
    examples: ['link us-eu latency 80ms jitter 20ms', 'link us>eu latency 1s', 'link us-eu clear'],
    args: [links, change],
    make: (named, made) => ({type: 'link', links: named, change: made}),
  }),
];
