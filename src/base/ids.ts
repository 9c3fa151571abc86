/**
 * Branded names, so that a leader's id is never used as a key. Only this file makes them, after a check.
 *
 * A leader id is 1 to 8 characters, lower-case letters and digits, a letter first. That is short enough to
 * print in a dot (`us:12`) and means that no id can equal a property of `Object.prototype` (the only one
 * without capitals or underscores, `constructor`, is longer), so a plain object is a safe map from leader
 * ids.
 */

declare const brand: unique symbol;
type Brand<Name extends string> = {readonly [brand]: Name};

export type LeaderId = string & Brand<'LeaderId'>;
export type Key = string & Brand<'Key'>;
/** A directed link, printed `us>eu`. */
export type LinkId = `${string}>${string}` & Brand<'LinkId'>;

const LEADER_ID = /^[a-z][a-z0-9]{0,7}$/;
export const KEY_LIMIT_BYTES = 1024;

/** True if the text is 1 to 8 lower-case letters and digits, a letter first. */
export const isLeaderId = (text: string): text is LeaderId => LEADER_ID.test(text);

/** A key is 1 to 1024 bytes of UTF-8. */
export const isKey = (text: string): text is Key => text.length > 0 && utf8Length(text) <= KEY_LIMIT_BYTES;

/**
 * Returns the text as a leader id. Throws a `TypeError` if it is none: check input from outside with
 * `isLeaderId`.
 */
export function leaderId(text: string): LeaderId {
  if (!isLeaderId(text)) throw new TypeError(`not a leader id: ${JSON.stringify(text)}`);
  return text;
}

/** Returns the text as a key. Throws a `TypeError` if it is none: check input from outside with `isKey`. */
export function key(text: string): Key {
  if (!isKey(text)) throw new TypeError('not a key');
  return text;
}

/**
 * Returns the id of the link from one leader to the other, as `us>eu`. It does not check that they differ.
 */
export const linkId = (from: LeaderId, to: LeaderId): LinkId => `${from}>${to}` as LinkId;

export interface LinkEnds {
  readonly from: LeaderId;
  readonly to: LeaderId;
}

/** The ends of links, split once: every message asks for them, and a cluster has few links. */
const endsOf = new Map<LinkId, LinkEnds>();
/** More than any cluster has, so that nobody can fill the memory with names. */
const REMEMBERED_LINKS = 4096;

/** Returns the two leaders of a link. The object is shared between calls. */
export function linkEnds(link: LinkId): LinkEnds {
  const known = endsOf.get(link);
  if (known !== undefined) return known;
  const [from, to] = link.split('>') as [LeaderId, LeaderId];
  const ends = {from, to};
  if (endsOf.size >= REMEMBERED_LINKS) endsOf.clear();
  endsOf.set(link, ends);
  return ends;
}

/** The number of bytes of the text in UTF-8. The bytes are not made. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit >= 0xd800 && unit < 0xdc00 && i + 1 < text.length) {
      bytes += 4;
      i++;
    } else bytes += 3;
  }
  return bytes;
}
