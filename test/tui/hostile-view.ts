/**
 * A view full of text that would break a careless screen: escape codes, wide and joined characters, marks of
 * writing direction, huge numbers.
 */
import {key, leaderId} from '../../src/base/ids.ts';
import type {Reading} from '../../src/core/state/reading.ts';
import {CLEAR_RULE} from '../../src/faults/rule.ts';
import type {ClusterView} from '../../src/port/view.ts';
import {base, both, conflict, dot, leader, shows, value} from './views.ts';

/** Names and values that would break a careless screen. */
export function hostileView(nowMs: number): ClusterView {
  const texts = [
    '\x1b[2J\x1b[31mred\x07',
    '漢字かな交じり文の長い値',
    '👩‍👩‍👧‍👦 family 🇩🇪 🇯🇵',
    'e\u0301\u0301\u0301',
    '\u202eright to left',
    'x'.repeat(3000),
    '\u200b\u200bhidden',
    '\ud800 alone',
    '𝕬𝖇𝖈',
  ];
  const keys = texts.map((text, i) =>
    shows(`${text}`.slice(0, 300), value(text), nowMs - i * 200, dot('us', i + 1), 1 + (i % 3)),
  );
  const siblings: Reading = {
    type: 'siblings',
    siblings: [{dot: dot('us', 1), value: '漢字'}, {dot: dot('eu', 1)}],
  };
  return base(
    ['us', 'eu', 'ap'].map((id, i) =>
      leader(id, [...keys, shows('merged', siblings, nowMs, undefined, 2)], {
        cause: 'crashed (\x1b[31mexit 1)',
        resolver: {name: 'custom', file: '/tmp/\x1b[2J\u202e.mjs'},
        halted: [{origin: leaderId('eu'), dot: dot('eu', 1), key: key('\x1b[31m'), with: []}],
        status: i === 2 ? 'down' : 'up',
      }),
    ),
    [
      ...both('us', 'eu', 45, {
        rule: {...CLEAR_RULE, hold: true, latencyMs: 45},
        faulty: true,
        held: 123_456,
        waiting: 123_456,
      }),
      ...both('eu', 'ap', 12_345),
      ...both('us', 'ap', 75),
    ],
    {
      conflicts: texts.map((text, i) =>
        conflict(i + 1, text.slice(0, 300), {
          why: text,
          decisions: {
            [leaderId('us')]: {
              resolver: 'lww',
              shows: siblings,
              learnedAtMs: nowMs,
              atMs: nowMs,
              lost: [],
              why: text,
            },
          },
        }),
      ),
      resolver: {name: 'custom', file: '/tmp/\x1b]0;title\x07.mjs'},
      activities: [{label: 'load \x1b[2J', done: 5, total: 10, detail: '\u202e\x07'}],
      conflictCount: 12_345,
      lostCount: 6789,
      opsPerSecond: 123_456,
      lag: {p50Ms: 1, p99Ms: 1_234_567},
      convergence: {type: 'diverged', live: 2, missingOps: 1_234_567},
    },
  );
}
