/**
 * Commands that cause faults of leaders and links, and those that repair them.
 */
import type {ActionOf, ClockChange} from '../action.ts';
import {type Arg, optional, readArg} from '../grammar/arg.ts';
import {drift, readOffset} from '../grammar/arg-amounts.ts';
import {LINK_SETTINGS, linkChange, showChange} from '../grammar/arg-link.ts';
import {groups, leader, leaders, leadersBefore, links, target} from '../grammar/arg-places.ts';
import {atTarget, quoted} from '../grammar/arg-words.ts';
import {showDuration} from '../grammar/quote.ts';
import type {Reader} from '../grammar/reader.ts';
import {showTarget} from '../grammar/show-parts.ts';
import {didYouMean} from '../grammar/suggest.ts';
import {type LinkSelector, showLinks} from '../topology.ts';
import {command} from './command.ts';

const CLOCK_WORDS = [
  {text: 'drift', summary: 'by how much it runs fast, in millionths'},
  {text: 'reset', summary: 'no offset and no drift'},
] as const;

/** The list of leaders ends at the first word that does not begin with one. */
const atClockChange = (reader: Reader): boolean => {
  const [first] = reader.peek()?.text.split(',') ?? [];
  return !reader.context.leaders.some(id => id === first);
};

/** `+500ms`, `-5s`, `drift 1000ppm`, `reset`. */
const clockChange: Arg<ClockChange | 'reset'> = {
  usage: 'OFFSET | drift PPM | reset',
  offer: reader => reader.offer(() => CLOCK_WORDS),
  read(reader) {
    const word = reader.word('an offset, such as +500ms, drift or reset');
    if (word.text === 'reset') return 'reset';
    if (word.text === 'drift') return {driftPpm: readArg(drift, reader)};
    if (/^[+-]|^\d/.test(word.text)) return {offsetMs: readOffset(reader, word)};
    const names = [...CLOCK_WORDS.map(({text}) => text), ...reader.context.leaders];
    throw reader.refuse(
      word.start,
      'expected an offset, such as +500ms, drift or reset, not ' +
        `${quoted(word)}${didYouMean(word.text, names)}`,
    );
  },
};

function showClockChange(change: ClockChange | 'reset'): string {
  if (change === 'reset') return change;
  if ('driftPpm' in change) return `drift ${change.driftPpm}ppm`;
  return `${change.offsetMs < 0 ? '-' : '+'}${showDuration(Math.abs(change.offsetMs))}`;
}

/** `pause` and `resume` without leaders are commands of virtual time. */
const showPause = (action: ActionOf<'pause' | 'resume' | 'time'>): string =>
  action.type === 'time' ? (action.runs ? 'resume' : 'pause') : `${action.type} ${action.leaders.join(' ')}`;

export const FAULTS = [
  command('leader', 'kill', {
    name: 'kill',
    summary: 'kills leaders as a crash does, without warning (SIGKILL)',
    detail: ['kill all kills those that are up or paused.'],
    examples: ['kill ap', 'kill us eu'],
    args: [leaders],
    make: named => ({type: 'kill', leaders: named}),
    show: ({type, leaders: named}) => `${type} ${named.join(' ')}`,
  }),
  command('leader', 'restart', {
    name: 'restart',
    summary: 'starts killed leaders again, with the data they had',
    detail: ['A leader that is up or paused is killed first.'],
    examples: ['restart ap'],
    args: [leaders],
    make: named => ({type: 'restart', leaders: named}),
    show: ({type, leaders: named}) => `${type} ${named.join(' ')}`,
  }),
  command('leader', ['pause', 'time'], {
    name: 'pause',
    summary: 'freezes leaders: their processes stay but do not answer (SIGSTOP)',
    detail: ['pause all pauses those that are up. With virtual time, pause without a leader stops time.'],
    examples: ['pause eu'],
    args: [optional(leaders, undefined)],
    make: named => (named === undefined ? {type: 'time', runs: false} : {type: 'pause', leaders: named}),
    show: showPause,
  }),
  command('leader', ['resume', 'time'], {
    name: 'resume',
    summary: 'lets paused leaders continue',
    detail: [
      'resume all resumes those that are paused. With virtual time, resume without a leader lets time run.',
    ],
    examples: ['resume eu'],
    args: [optional(leaders, undefined)],
    make: named => (named === undefined ? {type: 'time', runs: true} : {type: 'resume', leaders: named}),
    show: showPause,
  }),
  command('leader', 'clock', {
    name: 'clock',
    summary: 'sets the wall clock of leaders ahead (+) or behind (-), or makes it run fast or slow',
    detail: [
      'The offset is relative to true time, and replaces the previous offset.',
      'The drift is in millionths, and replaces the previous drift: 1000ppm gains 1 ms each second.',
      'reset removes both.',
    ],
    examples: [
      'clock us +500ms',
      'clock eu -5s',
      'clock us eu +1s',
      'clock us drift 1000ppm',
      'clock us reset',
    ],
    args: [leadersBefore(atClockChange), clockChange],
    make: (named, change) => ({type: 'clock', leaders: named, change}),
    show: ({leaders: named, change}) => `clock ${named.join(' ')} ${showClockChange(change)}`,
  }),
  command('leader', 'skip', {
    name: 'skip',
    summary:
      'makes a leader that halted on a conflict give up the operation it could not apply, and continue',
    detail: [
      'Without an origin, it gives up an operation of every origin whose operations it no longer applies.',
    ],
    examples: ['skip', 'skip eu @us'],
    args: [optional(leader, undefined, reader => !atTarget(reader)), target],
    make: (origin, at) => ({type: 'skip', origin, at}),
    show: ({origin, at}) => `skip${origin === undefined ? '' : ` ${origin}`}${showTarget(at)}`,
  }),
  command('link', 'cut', {
    name: 'cut',
    summary: 'blocks links until heal; new writes wait at their leader and are sent after it',
    detail: ['Messages in flight are lost; leaders send them again after heal. hold keeps messages instead.'],
    examples: ['cut us-eu', 'cut us>eu', 'cut us-eu, us-ap'],
    args: [links],
    make: named => ({type: 'cut', links: named}),
    show: ({type, links: named}) => `${type} ${showLinks(named)}`,
  }),
  command('link', 'hold', {
    name: 'hold',
    summary: 'holds messages back, in order, until release',
    examples: ['hold us>eu'],
    args: [links],
    make: named => ({type: 'hold', links: named}),
    show: ({type, links: named}) => `${type} ${showLinks(named)}`,
  }),
  command('link', 'release', {
    name: 'release',
    summary: 'lets held messages pass',
    examples: ['release us>eu'],
    args: [links],
    make: named => ({type: 'release', links: named}),
    show: ({type, links: named}) => `${type} ${showLinks(named)}`,
  }),
  command('link', 'reset', {
    name: 'reset',
    summary: 'closes the connections of links; the leaders connect again by themselves',
    detail: ['To reset a clock: clock LEADER reset.'],
    examples: ['reset us-eu', 'reset us>eu'],
    args: [links],
    make: named => ({type: 'reset', links: named}),
    show: ({type, links: named}) => `${type} ${showLinks(named)}`,
  }),
  command('link', 'heal', {
    name: 'heal',
    summary: 'removes every fault from these links, or from all links',
    detail: ['The links get back the latencies that the lab started with.'],
    examples: ['heal', 'heal us-eu'],
    args: [optional<readonly LinkSelector[], 'all'>(links, 'all')],
    make: named => ({type: 'heal', links: named}),
    show: ({links: named}) => (named === 'all' ? 'heal' : `heal ${showLinks(named)}`),
  }),
  command('link', 'partition', {
    name: 'partition',
    summary: 'cuts every link between the groups',
    detail: [
      'A leader in no group keeps all its links. New writes wait at their leader until heal, as after cut.',
    ],
    examples: ['partition us eu / ap'],
    args: [groups],
    make: made => ({type: 'partition', groups: made}),
    show: made => `partition ${made.groups.map(group => group.join(' ')).join(' / ')}`,
  }),
  command('link', 'link', {
    name: 'link',
    summary: 'makes links slow, narrow or unreliable, or clears what was set',
    detail: [
      ...LINK_SETTINGS.map(({text, summary}) => `${text}: ${summary}.`),
      'Settings that are not named do not change.',
      'clear restores what the lab started the link with, as heal does.',
    ],
    examples: [
      'link us-eu latency 80ms jitter 20ms',
      'link us-eu bandwidth 100kb loss 5% dup 5% reorder 5%',
      'link us>eu latency 1s',
      'link us-eu bandwidth none',
      'link us-eu clear',
    ],
    args: [links, linkChange],
    make: (named, made) => ({type: 'link', links: named, change: made}),
    show: ({links: named, change}) => `link ${showLinks(named)} ${showChange(change)}`,
  }),
];
