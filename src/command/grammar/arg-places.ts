/**
 * Arguments that name places in the cluster: leaders, targets after `@`, links, groups of a partition. Every
 * name is checked against the present leaders, so that a typing error is found before anything happens.
 */
import {isLeaderId, type LeaderId, type LinkId, linkId} from '../../base/ids.ts';
import type {Target} from '../action.ts';
import type {LinkSelector} from '../topology.ts';
import type {Arg} from './arg.ts';
import {atTarget, quoted} from './arg-words.ts';
import {freeRegions, LEADER_LIMIT, LEADER_NAME_HINT, wrongName} from './leader-names.ts';
import type {Candidate, CommandContext, Reader, Word} from './reader.ts';
import {didYouMean} from './suggest.ts';

export const FOCUSED: Target = {type: 'focused'};

/** `@us`, `@us,eu`, `@all`; the focused leader if none is named. */
export const target: Arg<Target> = {
  usage: '[@LEADERS]',
  offer: reader =>
    reader.offer(() => [
      ...leaderCandidates(reader.context, [], '@'),
      {text: '@all', summary: 'every leader'},
    ]),
  read(reader) {
    if (!atTarget(reader)) return FOCUSED;
    const start = reader.at + 1;
    offerLeadersAfterComma(reader);
    const word = reader.word('leaders');
    if (word.text.toLowerCase() === '@all') return {type: 'all'};
    const named: LeaderId[] = [];
    for (const part of parts({...word, text: word.text.slice(1), start}))
      named.push(unnamedLeader(reader, part, named));
    return {type: 'leaders', leaders: named};
  },
};

/** One leader. */
export const leader: Arg<LeaderId> = {
  usage: 'LEADER',
  offer: reader => reader.offer(() => leaderCandidates(reader.context, [])),
  read(reader) {
    const word = reader.word(`a leader: ${reader.context.leaders.join(', ')}`);
    return knownLeader(reader, word);
  },
};

/** One or more leaders, separated by space or commas, up to a word that `ends` the list. */
export const leadersBefore = (ends: (reader: Reader) => boolean): Arg<readonly LeaderId[]> => ({
  usage: 'LEADER...',
  read(reader) {
    const named: LeaderId[] = [];
    do {
      reader.offer(() => leaderCandidates(reader.context, named));
      offerLeadersAfterComma(reader, named);
      const word = reader.word(`a leader: ${reader.context.leaders.join(', ')}`);
      for (const part of listParts(reader, word)) named.push(unnamedLeader(reader, part, named));
    } while (!reader.atEnd && !ends(reader));
    reader.offer(() => leaderCandidates(reader.context, named));
    return named;
  },
});

/** All that is left of the command. */
export const leaders: Arg<readonly LeaderId[]> = leadersBefore(() => false);

/** At least two, since they are compared. */
export const severalLeaders: Arg<readonly LeaderId[]> = {
  usage: 'LEADER LEADER...',
  offer: reader => reader.offer(() => leaderCandidates(reader.context, [])),
  read(reader) {
    const named = leaders.read(reader);
    if (named.length < 2) throw reader.refuse(reader.at, `expected another leader beside ${named.join()}`);
    return named;
  },
};

/** A name that no leader has at present. */
export const newLeader: Arg<LeaderId> = {
  usage: 'LEADER',
  offer: reader =>
    reader.offer(() => freeRegions(reader.context).map(id => ({text: id, summary: 'a new leader'}))),
  read(reader) {
    const {leaders: known} = reader.context;
    const word = reader.word('a name for the new leader');
    if (known.some(id => id === word.text))
      throw reader.refuse(word.start, `${word.text} is a leader already`, knownLeaders(reader.context));
    const wrong = wrongName(word.text);
    if (wrong !== undefined)
      throw reader.refuse(
        word.start,
        `${quoted(word)} ${wrong}`,
        isLeaderId(word.text) ? undefined : LEADER_NAME_HINT,
      );
    if (known.length >= LEADER_LIMIT)
      throw reader.refuse(word.start, `there are ${known.length} leaders, which is the maximum`);
    return word.text as LeaderId;
  },
};

/** A leader that can leave: at least two leaders must remain. */
export const leavingLeader: Arg<LeaderId> = {
  ...leader,
  read(reader) {
    const start = reader.at;
    const id = leader.read(reader);
    if (reader.context.leaders.length > 2) return id;
    throw reader.refuse(
      start,
      `${id} cannot leave: at least two leaders have to remain`,
      knownLeaders(reader.context),
    );
  },
};

/** One or more links, separated by space or commas; ends at the first word that cannot be one. */
export const links: Arg<readonly LinkSelector[]> = {
  usage: 'LINK...',
  read(reader) {
    const named: LinkSelector[] = [];
    do {
      reader.offer(() => linkCandidates(reader.context));
      offerAfterComma(reader, () => linkCandidates(reader.context));
      const word = reader.word('a link, such as us-eu (both directions) or us>eu');
      for (const part of listParts(reader, word)) named.push(linkSelector(reader, part));
    } while (/[->]/.test(reader.peek()?.text ?? ''));
    reader.offer(() => linkCandidates(reader.context));
    return named;
  },
};

/** One link, one way. */
export const oneWayLink: Arg<LinkId> = {
  usage: 'LINK',
  offer: reader => reader.offer(() => linkCandidates(reader.context).filter(({text}) => text.includes('>'))),
  read(reader) {
    const word = reader.word('a link one way, such as us>eu');
    const {a, b, both} = linkSelector(reader, word);
    if (both)
      throw reader.refuse(
        word.start,
        `${word.text} means both directions`,
        `name one: ${a}>${b} or ${b}>${a}`,
      );
    return linkId(a, b);
  },
};

/** `us eu / ap`: at least two groups, no leader in two. */
export const groups: Arg<readonly (readonly LeaderId[])[]> = {
  usage: 'LEADER... / LEADER...',
  read(reader) {
    const made: LeaderId[][] = [[]];
    while (!reader.atEnd) {
      const taken = made.flat();
      const last = made[made.length - 1] ?? [];
      reader.offer(() => [
        ...leaderCandidates(reader.context, taken),
        ...(last.length > 0 ? [{text: '/', summary: 'the other side'}] : []),
      ]);
      addToGroups(reader, reader.word('a leader'), made);
    }
    reader.offer(() => [
      ...leaderCandidates(reader.context, made.flat()),
      {text: '/', summary: 'the other side'},
    ]);
    if (made.length < 2) throw reader.refuse(reader.at, 'expected / and the leaders on the other side');
    if (made[made.length - 1]?.length === 0) throw reader.refuse(reader.at, 'expected a leader after /');
    return made;
  },
};

function addToGroups(reader: Reader, word: Word, made: LeaderId[][]): void {
  for (const {0: text, index} of word.text.matchAll(/[^,/]+|\//g)) {
    const part = {...word, text, start: word.start + index};
    const last = made[made.length - 1] ?? [];
    if (text !== '/') last.push(unnamedLeader(reader, part, made.flat()));
    else if (last.length === 0) throw reader.refuse(part.start, 'expected a leader before /');
    else made.push([]);
  }
}

/**
 * Returns the present leaders, without those in `taken`, as candidates for completion. `prefix` stands
 * before each name, such as `@`.
 */
export function leaderCandidates(
  context: CommandContext,
  taken: readonly LeaderId[],
  prefix = '',
): Candidate[] {
  return context.leaders
    .filter(id => !taken.includes(id))
    .map(id => ({text: `${prefix}${id}`, summary: 'leader'}));
}

/** Both directions of every pair first, then the single directions. */
function linkCandidates(context: CommandContext): Candidate[] {
  const exists = (from: LeaderId, to: LeaderId) =>
    context.links === undefined || context.links.some(id => id === `${from}>${to}`);
  const pairs = context.leaders.flatMap((a, i) => context.leaders.slice(i + 1).map(b => [a, b] as const));
  const both = pairs
    .filter(([a, b]) => exists(a, b) || exists(b, a))
    .map(([a, b]) => ({text: `${a}-${b}`, summary: 'both directions'}));
  const single = pairs
    .flatMap(([a, b]) => [[a, b] as const, [b, a] as const])
    .filter(([from, to]) => exists(from, to));
  return [...both, ...single.map(([from, to]) => ({text: `${from}>${to}`, summary: 'one way'}))];
}

/** Offers the names that can follow the last comma of the next list, without those before it. */
function offerAfterComma(
  reader: Reader,
  candidates: (named: readonly string[]) => readonly Candidate[],
): void {
  const word = reader.peek();
  const comma = word?.text.lastIndexOf(',') ?? -1;
  if (word === undefined || comma < 0) return;
  const named = word.text.replace(/^@/, '').split(',').slice(0, -1);
  reader.offer(() => candidates(named), word.start + comma + 1);
}

function offerLeadersAfterComma(reader: Reader, taken: readonly LeaderId[] = []): void {
  const {context} = reader;
  offerAfterComma(reader, named =>
    leaderCandidates(context, [...taken, ...context.leaders.filter(id => named.includes(id))]),
  );
}

function unnamedLeader(reader: Reader, word: Word, taken: readonly LeaderId[]): LeaderId {
  const id = knownLeader(reader, word);
  if (taken.includes(id)) throw reader.refuse(word.start, `${id} is named twice`);
  return id;
}

function knownLeader(reader: Reader, word: Word): LeaderId {
  const {leaders: known} = reader.context;
  const found = known.find(id => id === word.text.toLowerCase());
  if (found !== undefined && !word.quoted) return found;
  if (word.text === '') throw reader.refuse(word.start, 'expected a leader', knownLeaders(reader.context));
  const message = `no leader ${quoted(word)}${didYouMean(word.text.replace(/^@/, ''), known)}`;
  throw reader.refuse(word.start, message, knownLeaders(reader.context));
}

const knownLeaders = ({leaders: known}: CommandContext): string => `there are ${known.join(', ')}`;

function linkSelector(reader: Reader, word: Word): LinkSelector {
  const [, from, dash, to] = /^([^->]*)([->])(.*)$/s.exec(word.text) ?? [];
  if (from === undefined || dash === undefined || to === undefined) {
    throw reader.refuse(
      word.start,
      `expected a link, not ${quoted(word)}`,
      'a link is two leaders: us-eu is both directions, us>eu is one',
    );
  }
  const a = knownLeader(reader, {...word, text: from});
  const toStart = word.start + from.length + 1;
  const b = knownLeader(reader, {...word, text: to, start: toStart});
  if (a === b) throw reader.refuse(toStart, `a link connects two different leaders, and this is ${a} twice`);
  return {a, b, both: dash === '-'};
}

/** The parts of a word between commas, with their offsets. */
function parts(word: Word): Word[] {
  let start = word.start;
  return word.text.split(',').map(text => {
    const part = {...word, text, start, end: start + text.length};
    start = part.end + 1;
    return part;
  });
}

/** The same in a list that goes on after a space, as in `us, eu`: after the last comma, there is no part. */
function listParts(reader: Reader, word: Word): Word[] {
  const found = parts(word);
  return found.length > 1 && found[found.length - 1]?.text === '' && !reader.atEnd
    ? found.slice(0, -1)
    : found;
}
