/**
 * The signs of outcomes. A sign always stands beside a word or a command, because colour and shape alone say
 * too little.
 */

/** How a command ended, or that it has not ended yet. */
export const STATUS_GLYPHS: {readonly [status in 'ok' | 'fail' | 'info' | 'running']: string} = {
  ok: '✔',
  fail: '✘',
  info: '?',
  running: '◌',
};
