import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {CommandContext} from '../../src/command/index.ts';
import {CHECKS, COMMANDS, complete, usageAt} from '../../src/command/index.ts';
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
      for (let length = 0; length <= name.length; length++) expect(texts(example.slice(0, 'expect '.length + length))).toContain(name);
    }
  });

  test('is offered each of its names, targets and links while it is typed', () => {
    for (const {examples} of [...COMMANDS, ...CHECKS]) {
      for (const example of examples) {
        for (const {0: word, index} of example.matchAll(
          /(?<= )(?:@us|@all|us|eu|ap|us-eu|us>eu|title|ring|siblings|latency|jitter|clear|converged|within)(?= |$)/g,
        )) {
          expect(texts(example.slice(0, index + word.length)), example).toContain(word);
        }
      }
    }
  });
});

test('a command that begins with what was typed stands before one that merely contains it', () => {
  expect(texts('re').slice(0, 4).sort()).toEqual(['release', 'resolver', 'restart', 'resume']);
  expect(texts('se')[0]).toBe('set');
});

test('letters in order are enough', () => expect(texts('cflt')).toEqual(['conflicts']));

describe('in place', () => {
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
    [':ki', 1, 'kill'],
  ])('%j offers, from column %i, %s', (text, start, candidate) => {
    expect(at(text).start).toBe(start);
    expect(texts(text)).toContain(candidate);
  });

  test('leaders already named are not offered again', () => {
    expect(texts('kill us ')).toEqual(['eu', 'ap']);
    expect(texts('get a @us,')).toEqual(['eu', 'ap']);
  });

  test('what comes after the cursor does not count', () => expect(complete('kil us', 3, CONTEXT).candidates[0]?.text).toBe('kill'));
  test('links that exist are offered where they are known', () => {
    const ring = complete('cut ', 4, {leaders: LEADERS, links: ['us>eu', 'eu>ap', 'ap>us'] as never});
    expect(ring.candidates.map(({text}) => text)).toEqual(['us-eu', 'us-ap', 'eu-ap', 'us>eu', 'ap>us', 'eu>ap']);
  });
  test('nothing is offered where a number or a text of one’s own belongs', () => expect(texts('set title ')).toEqual([]));
  test('nothing is offered after a mistake', () => expect(texts('kil us ')).toEqual([]));
});

test('for any text and cursor there is an answer, and it starts at or before the cursor', () => {
  fc.assert(
    fc.property(fc.string({unit: 'binary'}), fc.nat({max: 30}), (text, cursor) => {
      expect(complete(text, cursor, CONTEXT).start).toBeLessThanOrEqual(Math.max(cursor, text.length));
    }),
  );
});

describe('the usage hint', () => {
  test.each([
    ['set title', 'set KEY VALUE [@LEADERS]'],
    ['set title A @us || incr', 'incr KEY [N] [@LEADERS]'],
    ['expect get', 'expect get KEY [@LEADERS] = VALUE|absent'],
    ['q', 'quit'],
    ['kil', undefined],
    ['', undefined],
  ])('of %j is %j', (text, usage) => expect(usageAt(text, CONTEXT)).toBe(usage));
});
