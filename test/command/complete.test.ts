import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {CommandContext} from '../../src/command/index.ts';
import {CHECKS, COMMANDS, complete, usageAt} from '../../src/command/index.ts';
import {TOPOLOGY_NAMES} from '../../src/command/topology.ts';
import {RESOLVER_NAMES} from '../../src/core/resolvers/spec.ts';
import {LEADERS} from '../support/actions.ts';

const CONTEXT: CommandContext = {leaders: LEADERS, keys: ['title', 'cart', 'two words']};
const at = (text: string) => complete(text, text.length, CONTEXT);
const texts = (text: string) => at(text).candidates.map(candidate => candidate.text);

describe('every example', () => {
  test('is offered its own name at each prefix of it', () => {
    for (const {name, examples} of COMMANDS) {
      for (const example of examples) {
        for (let length = 0; length <= name.length; length++) {
          const {start, candidates} = at(example.slice(0, length));
          expect(start).toBe(0);
          expect(candidates.map(({text}) => text)).toContain(name);
        }
      }
    }
  });

  test('of a check is offered the name of the check at each prefix of it', () => {
    for (const {name, examples} of CHECKS) {
      const [example = ''] = examples;
      for (let length = 0; length <= name.length; length++)
        expect(texts(example.slice(0, 'expect '.length + length))).toContain(name);
    }
  });

  test('is offered each of its names, targets and links while it is typed', () => {
    for (const {examples} of [...COMMANDS, ...CHECKS]) {
      for (const example of examples) {
        for (const {0: word, index} of example.matchAll(
          new RegExp(
            [
              '(?<= )(?:@us|@all|us|eu|ap|sa|us-eu|us>eu|title|if|absent|set|star|custom|ring|',
              'siblings|halt|priority|latency|jitter|bandwidth|none|loss|dup|reorder|clear|',
              'drift|reset|from|for|&|converged|load|within|lost|--csv|p99|causal|quorum|',
              'off)(?= |$)',
            ].join(''),
            'g',
          ),
        )) {
          expect(texts(example.slice(0, index + word.length)), example).toContain(word);
        }
      }
    }
  });
});

test('a command that begins with the typed text comes before one that only contains it', () => {
  expect(texts('re').slice(0, 6).sort()).toEqual([
    'redo',
    'release',
    'reset',
    'resolver',
    'restart',
    'resume',
  ]);
  expect(texts('se')[0]).toBe('set');
});

test('candidates that contain the typed letters in order are offered', () =>
  expect(texts('cflt')).toEqual(['conflicts']));

describe('at one place', () => {
  test.each([
    ['', 0, 'set'],
    ['kill ', 5, 'us'],
    ['kill us ', 8, 'eu'],
    ['kill us,', 8, 'eu'],
    ['set title A @', 12, '@us'],
    ['set title A @us,', 16, 'eu'],
    ['set title A @us || ', 19, 'set'],
    ['set title A @us || set ti', 23, 'title'],
    ['get tw', 4, '"two words"'],
    ['get "two w', 4, '"two words"'],
    ['cut us-', 4, 'us-eu'],
    ['cut us-eu,', 10, 'us>ap'],
    ['cut us-eu ap>', 10, 'ap>us'],
    ['link us-eu ', 11, 'latency'],
    ['link us-eu latency 5ms ', 23, 'jitter'],
    ['partition us ', 13, '/'],
    ['resolver ', 9, 'lww'],
    ['expect get title @us ', 21, '='],
    ['expect get title = ', 19, 'absent'],
    ['expect converged ', 17, 'within'],
    ['wait ', 5, 'converged'],
    ['help ', 5, 'set'],
    ['txn ', 4, 'incr'],
    ['txn set a 1,', 12, 'hset'],
    ['txn set a 1, del ti', 17, 'title'],
    ['txn set a 1, del b @us,', 23, 'eu'],
    ['set a 1 ', 8, 'if'],
    ['set a 1 ', 8, '@us'],
    ['set a 1 @us ', 12, 'if'],
    ['set a 1 if ', 11, 'title'],
    ['set a 1 if title ', 17, '='],
    ['set a 1 if title = ', 19, 'absent'],
    ['set a 1 if title = 2 ', 21, '@eu'],
    ['clock us ', 9, 'drift'],
    ['clock us ', 9, 'eu'],
    ['join ', 5, 'sa'],
    ['join sa ', 8, 'from'],
    ['join sa from ', 13, 'us'],
    ['skip ', 5, 'us'],
    ['skip ', 5, '@us'],
    ['link us-eu loss 5% ', 19, 'bandwidth'],
    ['link us-eu bandwidth ', 21, 'none'],
    ['topology ', 9, 'modified-ring'],
    ['topology star ', 14, 'eu'],
    ['topology custom us>eu,', 22, 'eu>ap'],
    ['resolver ', 9, 'custom'],
    ['resolver lww ', 13, '@eu'],
    ['resolver priority ', 18, 'ap'],
    ['resolver priority ap,', 21, 'us'],
    ['forward ', 8, 'own'],
    ['load 5/s ', 9, 'for'],
    ['load 5/s for 5s ', 16, 'keys='],
    ['load 5/s for 5s ', 16, '@us'],
    ['load 5/s for 5s ', 16, '&'],
    ['load 5/s for 5s mix=', 20, 'set'],
    ['load 5/s for 5s mix=set:8,', 26, 'incr'],
    ['wait ', 5, 'load'],
    ['diff us ', 8, 'eu'],
    ['conflicts ', 10, 'kind='],
    ['conflicts ', 10, 'title'],
    ['conflicts leader=', 17, 'us'],
    ['conflicts relation=', 19, 'reversed'],
    ['conflicts title lost --', 21, '--csv'],
    ['expect lag ', 11, 'p99'],
    ['expect lag p99 ', 15, '<='],
    [':ki', 1, 'kill'],
  ])('%j offers, from column %i, %s', (text, start, candidate) => {
    expect(at(text).start).toBe(start);
    expect(texts(text)).toContain(candidate);
  });

  test('leaders already named are not offered again', () => {
    expect(texts('kill us ')).toEqual(['eu', 'ap']);
    expect(texts('get a @us,')).toEqual(['eu', 'ap']);
  });

  test('options that are given only once are not offered again', () => {
    expect(texts('join ')).not.toContain('us');
    expect(texts('link us-eu loss 5% ')).not.toContain('loss');
    expect(texts('resolver priority ap ')).not.toContain('ap');
    expect(texts('load 5/s for 5s keys=5 @us ')).toEqual(['mix=', '&']);
    expect(texts('load 5/s for 5s mix=set:8,')).not.toContain('set');
    expect(texts('conflicts lost --csv ')).toEqual([
      'title',
      'cart',
      '"two words"',
      'kind=',
      'leader=',
      'relation=',
    ]);
  });
  test('every resolver and topology is offered with its description', () => {
    expect(texts('resolver ')).toEqual([...RESOLVER_NAMES]);
    expect(texts('topology ')).toEqual([...TOPOLOGY_NAMES]);
    for (const {summary} of [...at('resolver ').candidates, ...at('topology ').candidates])
      expect(summary).not.toBe('');
  });

  test('text after the cursor does not count', () =>
    expect(complete('kil us', 3, CONTEXT).candidates[0]?.text).toBe('kill'));
  test('existing links are offered where links are known', () => {
    const ring = complete('cut ', 4, {leaders: LEADERS, links: ['us>eu', 'eu>ap', 'ap>us'] as never});
    expect(ring.candidates.map(({text}) => text)).toEqual([
      'us-eu',
      'us-ap',
      'eu-ap',
      'us>eu',
      'ap>us',
      'eu>ap',
    ]);
  });
  test('nothing is offered where the user enters a number or a free text', () =>
    expect(texts('set title ')).toEqual([]));
  test('nothing is offered after a mistake', () => expect(texts('kil us ')).toEqual([]));
});

test('for any text and cursor, completion answers, and starts at or before the cursor', () => {
  fc.assert(
    fc.property(fc.string({unit: 'binary'}), fc.nat({max: 30}), (text, cursor) => {
      expect(complete(text, cursor, CONTEXT).start).toBeLessThanOrEqual(Math.max(cursor, text.length));
    }),
  );
});

describe('the usage hint', () => {
  test.each([
    ['set title', 'set KEY VALUE [@LEADERS] [if KEY = VALUE|absent]'],
    ['set title A @us || incr', 'incr KEY [N] [@LEADERS]'],
    ['expect get', 'expect get KEY [@LEADERS] = VALUE|absent'],
    ['q', 'quit'],
    ['kil', undefined],
    ['', undefined],
  ])('of %j is %j', (text, usage) => expect(usageAt(text, CONTEXT)).toBe(usage));
});
