/**
 * The kinds of writes, in the order in which a conflict names them.
 */
import type {IntentType} from '../../core/log/op.ts';
import {quoted} from './arg-words.ts';
import type {Reader, Word} from './reader.ts';
import {didYouMean} from './suggest.ts';

export const KINDS = ['set', 'del', 'incr', 'sadd', 'srem', 'hset'] as const satisfies readonly IntentType[];

/**
 * Returns the kind of write that the word names, in upper or lower case. Throws a Refusal with this hint if
 * it is quoted or names none.
 */
export function kindOf(reader: Reader, word: Word, hint = `there are ${KINDS.join(', ')}`): IntentType {
  const kind = word.quoted ? undefined : KINDS.find(known => known === word.text.toLowerCase());
  if (kind !== undefined) return kind;
  throw reader.refuse(word.start, `no kind of write ${quoted(word)}${didYouMean(word.text, KINDS)}`, hint);
}
