/**
 * The signs of the lab, in one table. A sign always stands beside a word, a name or a command, because colour
 * and shape alone say too little.
 */

export const GLYPHS = {
  /** It succeeded, holds, is right or was kept. */
  done: '✔',
  /** It failed, is wrong or was lost. */
  failed: '✘',
  /** It is not there yet. */
  waiting: '◌',
  /** It is in use, up or open; also an operation on its way. */
  on: '●',
  /** It is not done, or in use only elsewhere. */
  off: '○',
  /** Values, resolvers or operations differ. */
  differs: '≠',
  /** It is chosen, was decided or is the next thing to do. */
  pointer: '▸',
  /** A part of a transaction is lost. */
  torn: '½',
  /** It stands still: a held link, frozen time. */
  held: '⏸',
} as const;

/** How a command ended, or that it has not ended yet. */
export const STATUS_GLYPHS: {readonly [status in 'ok' | 'fail' | 'info' | 'running']: string} = {
  ok: GLYPHS.done,
  fail: GLYPHS.failed,
  info: '?',
  running: GLYPHS.waiting,
};
