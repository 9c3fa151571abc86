/**
 * The facts that a command shows, which are compared between engines. They leave out what varies from run to
 * run: times, clocks, the order of arrival. Pure.
 */
import {assertNever} from '../base/assert.ts';
import type {Key, LeaderId} from '../base/ids.ts';
import {canonicalJson} from '../base/json.ts';
import {printable} from '../base/printable.ts';
import {showWord} from '../command/index.ts';
import type {Op} from '../core/log/op.ts';
import {compareDots, type Dot, showDot} from '../core/log/version-vector.ts';
import {type ResolverName, showResolver} from '../core/resolvers/spec.ts';
import {type Reading, readingText} from '../core/state/reading.ts';
import type {ComparedResolver} from '../history/comparison.ts';
import type {Conflict} from '../history/conflict.ts';
import type {LoadTally, WriteReport} from '../port/cluster.ts';
import type {LeaderView} from '../port/view.ts';
import type {Entry, SessionResult} from '../session/session-result.ts';
import type {Nondeterminism} from './nondeterminism.ts';
import {showSetting} from './results/state-documents.ts';
import {STATUS_GLYPHS} from './words/glyphs.ts';
import {showKeyWrite} from './words/show-op.ts';
import {brief, showReading} from './words/show-value.ts';

export interface Fact {
  /** What it is about: a leader, a conflict, a resolver. Empty if the command has only one fact. */
  readonly about: string;
  /** For people. */
  readonly text: string;
  /** The text to compare, if it is not `text`. */
  readonly compared?: string;
  /** Present if clocks or the order of arrival decided: what all possible results have in common. */
  readonly byChance?: string | undefined;
}

/** How the command ended, if it shows nothing else. */
export function outcomeOf({status, failure, result}: Entry): Fact {
  const word = failure?.code === 'unsupported' ? 'unsupported' : status;
  const message = failure?.message ?? (result?.type === 'changed' ? result.summary : 'ok');
  return {about: '', text: `${STATUS_GLYPHS[status]} ${printable(brief(message))}`, compared: word};
}

/** What decides whether another run could have shown another result. */
export interface Chance {
  readonly nondeterminism: Nondeterminism;
  /** The resolvers in use at that moment, at all leaders of all runs. */
  readonly resolvers: readonly ResolverName[];
}

/** The facts of a result; `undefined` if only its outcome matters. */
export function factsIn(result: SessionResult, chance: Chance): readonly Fact[] | undefined {
  switch (result.type) {
    case 'writes':
      return result.writes.map(writeFact);
    case 'values':
      return valueFacts(result, chance);
    case 'keys':
      return Object.entries(result.keys).map(([id, keys]) =>
        'error' in keys ? noAnswer(id, keys.error) : keysFact(id, keys),
      );
    case 'log':
      return Object.entries(result.ops).flatMap(([id, ops]) =>
        'error' in ops ? [noAnswer(id, ops.error)] : logFacts(id, ops),
      );
    case 'skipped':
      return Object.entries(result.dots).map(([id, dots]) =>
        'error' in dots ? noAnswer(id, dots.error) : {about: id, text: showDots(dots) || 'nothing'},
      );
    case 'loaded':
      return [loadFact(result.load)];
    case 'check':
      return [checkFact(result)];
    case 'conflicts':
      return result.conflicts.map(conflict => conflictFact(conflict, chance));
    case 'explained':
      return [conflictFact(result.conflict, chance)];
    case 'compared':
      return result.comparison.resolvers.map(resolver =>
        comparedFact(result.comparison.key, resolver, chance),
      );
    case 'why':
      return valueFacts({key: result.key, values: {[result.leader]: result.reading}}, chance);
    case 'setting':
      return [{about: result.setting, text: printable(showSetting(result))}];
    case 'state':
      return result.leaders.map(leaderFact);
    case 'diff':
      return result.keys.flatMap(({key, readings}) =>
        valueFacts({key, values: readings}, chance).map(fact => ({
          ...fact,
          about: `${printable(showWord(key))} ${fact.about}`,
        })),
      );
    case 'changed':
    case 'lag':
    case 'waited':
    case 'focused':
    case 'help':
    case 'quit':
      return undefined;
    default:
      return assertNever(result);
  }
}

/** Every engine has its own words for why a leader does not answer, so the words are not compared. */
const noAnswer = (about: string, error: string): Fact => ({
  about,
  text: `no answer: ${printable(error)}`,
  compared: 'no answer',
});

function writeFact({leader, status, reason}: WriteReport): Fact {
  const text = {ok: 'ok', fail: 'failed', info: 'unknown'}[status];
  return {
    about: leader,
    text: reason === undefined ? text : `${text}: ${printable(reason)}`,
    compared: status,
  };
}

type Values = Pick<Extract<SessionResult, {type: 'values'}>, 'key' | 'values'>;

function valueFacts({key, values}: Values, {nondeterminism, resolvers}: Chance): readonly Fact[] {
  const readings = Object.values(values).flatMap(value =>
    value.type === 'error' ? [] : [readingText(value)],
  );
  const areAlike = new Set(readings).size === 1;
  return Object.entries(values).map(([id, value]) => {
    if (value.type === 'error') return noAnswer(id, value.error);
    const either = nondeterminism.at(id as LeaderId, key, value, resolvers, areAlike);
    return {about: id, text: showReading(value), compared: readingText(value), byChance: either};
  });
}

const keysFact = (about: string, keys: readonly string[]): Fact => ({
  about,
  text: keys.length === 0 ? 'no key' : brief(keys.map(key => printable(showWord(key))).join(' ')),
  compared: canonicalJson([...keys].sort()),
});

/** Sorted by dot: the order of arrival varies. */
const logFacts = (leader: string, ops: readonly Op[]): readonly Fact[] =>
  [...ops]
    .sort((a, b) => compareDots(a.dot, b.dot))
    .map(({dot, writes}) => ({
      about: `${leader} ${showDot(dot)}`,
      text: writes.map(showKeyWrite).join(', '),
    }));

const showDots = (dots: readonly Dot[]): string => [...dots].sort(compareDots).map(showDot).join(' ');

/** How many writes succeed in the time depends on the machine. */
function loadFact({planned, ok, fail, info}: LoadTally): Fact {
  const bad = [...(fail > 0 ? ['some failed'] : []), ...(info > 0 ? ['some unknown'] : [])];
  return {about: '', text: [`${ok} of ${planned} writes ok`, ...bad].join(', '), compared: bad.join()};
}

/** `seen` may be a time, so only `holds` is compared. */
function checkFact({holds, seen, at}: Extract<SessionResult, {type: 'check'}>): Fact {
  const glyph = holds ? STATUS_GLYPHS.ok : STATUS_GLYPHS.fail;
  const place = at === undefined ? '' : ` at ${at}`;
  return {
    about: '',
    text: printable(`${glyph} seen ${brief(seen)}${place}`),
    compared: holds ? 'holds' : 'fails',
  };
}

function conflictFact(conflict: Conflict, {nondeterminism, resolvers}: Chance): Fact {
  const {key, kind, relation, sides, lost, torn} = conflict;
  const inWords = (losses: string): string =>
    [`${kind} ${relation}`, losses, ...(torn.length === 0 ? [] : [`torn ${showDots(torn)}`])].join(', ');
  return {
    about: printable(`${showWord(key)} ${sides.map(showDot).join(' ∥ ')}`),
    text: inWords(lost.length === 0 ? 'nothing lost' : `lost ${showDots(lost)}`),
    byChance: nondeterminism.hasOtherLosers(conflict, resolvers) ? inWords(`lost ${lost.length}`) : undefined,
  };
}

/** Without clocks, the same writes may have another result under each resolver. */
function comparedFact(
  key: Key,
  {name, reading, lost, byLeader}: ComparedResolver,
  {nondeterminism}: Chance,
): Fact {
  const readings: readonly (readonly [string, Reading])[] =
    byLeader === undefined
      ? [['', reading]]
      : Object.entries(byLeader).map(([id, at]) => [`${id} `, at.reading]);
  const losses = lost.length === 0 ? 'nothing lost' : `lost ${showDots(lost)}`;
  const either = readings.map(([id, one]) => id + (nondeterminism.either(key, one) ?? readingText(one)));
  return {
    about: name,
    text: `${readings.map(([id, one]) => id + showReading(one)).join(' ')}, ${losses}`,
    byChance: [...either, `lost ${lost.length}`].join(),
  };
}

function leaderFact({id, status, cause, resolver, halted}: LeaderView): Fact {
  const halts = halted.map(({origin, key}) => `halted: ${origin} on ${showWord(key)}`);
  return {
    about: id,
    text: printable([cause ?? status, showResolver(resolver), ...halts].join(', ')),
    compared: [status, showResolver(resolver), ...halts].join(),
  };
}
