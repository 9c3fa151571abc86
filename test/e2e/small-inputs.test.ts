/**
 * Small command files that once came to a wrong result, run by the built program on the simulator.
 */
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {Workplace} from '../support/program.ts';

let work: Workplace;
beforeEach(() => {
  work = new Workplace();
});
afterEach(() => work.close());

interface Input {
  readonly name: string;
  readonly leaders?: string;
  readonly lines: readonly string[];
  /** Of the exit; 0 if it is not named. */
  readonly status?: number;
  readonly says?: readonly RegExp[];
  readonly saysNot?: readonly RegExp[];
}

const INPUTS: readonly Input[] = [
  {
    name: 'under revision a deleted branch does not raise the generation of another',
    lines: [
      'resolver revision',
      'set x 0 @us',
      'wait converged',
      'cut us-eu, us-ap, eu-ap',
      ...[
        'set x u1 @us',
        'set x u2 @us',
        'set x u3 @us',
        'del x @us',
        'set x E @eu',
        'set x p1 @ap',
        'set x p2 @ap',
        'set x P @ap',
      ],
      'heal us-eu',
      'sleep 5s',
      'set x U @us',
      'heal',
      'wait converged 30s',
      'expect get x @all = P',
    ],
  },
  {
    name: 'under revision readers get the loser after the winner is deleted',
    leaders: 'us,eu',
    lines: [
      ...[
        'resolver revision',
        'set x 0 @us',
        'wait converged',
        'cut us-eu',
        'set x A @us',
        'set x A2 @us',
        'set x B @eu',
        'heal',
      ],
      ...[
        'wait converged 30s',
        'expect get x @all = A2',
        'del x @us',
        'wait converged 30s',
        'expect get x @all = B',
      ],
    ],
  },
  {
    name: 'two deletes lose nothing',
    leaders: 'us,eu',
    lines: [
      ...[
        'set x 0 @us',
        'wait converged',
        'cut us-eu',
        'del x @us',
        'sleep 50ms',
        'del x @eu',
        'heal',
        'wait converged 30s',
      ],
      ...['expect get x @all = absent', 'expect lost x = 0'],
    ],
  },
  {
    name: 'under fields a newer delete removes an older write that it had not seen',
    leaders: 'ap,us',
    lines: [
      ...[
        'resolver fields',
        'hset k b 0 @us',
        'wait converged',
        'cut ap-us',
        'hset k a 1 @us',
        'sleep 5ms',
        'del k @ap',
        'heal',
      ],
      ...['wait converged 30s', 'expect get k @all = absent'],
    ],
  },
  {
    name: 'equal concurrent writes lose nothing',
    leaders: 'us,eu',
    lines: [
      'set k 0 @us',
      'wait converged',
      'set k same @us || set k same @eu',
      'wait converged',
      'expect lost k = 0',
    ],
  },
  {
    name: 'whole numbers that would be rounded are refused, and so are checks of rounded ones',
    lines: [
      'set n 369553424691494913 @us',
      'expect outcome fail',
      'set m 1 @us',
      'expect get n = 369553424691494900',
    ],
    status: 1,
    says: [/failed: n would be rounded/],
  },
  {
    name: 'a counter never reads as a rounded number',
    lines: [
      ...[
        'resolver crdt',
        'cut us-eu, us-ap, eu-ap',
        'incr c 9007199254740991 @us',
        'incr c 1 @us',
        'expect outcome fail',
        'incr c 1 @eu',
      ],
      ...['heal', 'wait converged', 'expect get c @all = 9007199254740992'],
    ],
  },
  {
    name: 'explain compares the writes of the conflict, not those that came later',
    leaders: 'us,eu',
    lines: ['set k A @us || set k B @eu', 'wait converged', 'set k C @us', 'wait converged', 'explain 1'],
    says: [/siblings +"B" \| "A"|siblings +"A" \| "B"/],
    saysNot: [/"C"/],
  },
  {
    name: 'compare of a missing key says so',
    lines: ['compare nosuch'],
    status: 1,
    says: [/"nosuch" does not exist/],
  },
  {
    name: 'a lost increment counts as lost under apply-remote, keep-local and halt',
    leaders: 'us,eu',
    lines: ['incr n @us || incr n @eu', 'wait converged', 'compare n'],
    says: [
      /apply-remote +differs by leader +(us|eu):1/,
      /keep-local +differs by leader +(us|eu):1/,
      /halt +differs by leader +(us|eu):1/,
    ],
  },
  {
    name: 'a pattern with many stars is matched at once',
    lines: [`set ${'a'.repeat(60)} 1 @us`, `keys ${'*a'.repeat(16)}*b @us`],
    says: [/us {2}no key/],
  },
  {
    name: 'a long value keeps its type when it is cut',
    leaders: 'us,eu',
    lines: [`set s ${'x'.repeat(9000)} @us || set s ${'y'.repeat(9000)} @eu`, 'wait converged', 'conflicts'],
    says: [/set "[xy]/],
    saysNot: [/\\"/],
  },
];

describe('small inputs', {timeout: 60_000}, () => {
  test.each(INPUTS)('$name', async ({leaders = 'us,eu,ap', lines, status = 0, says = [], saysNot = []}) => {
    const file = work.file('input.lab', `${lines.join('\n')}\n`);
    const {
      out,
      err,
      status: ended,
    } = await work.run('run', '--engine', 'sim', '--lan', '--leaders', leaders, file);
    const all = out + err;
    for (const one of says) expect(all).toMatch(one);
    const answers = all.slice(all.indexOf(lines.at(-1) ?? '') + 1);
    for (const one of saysNot) expect(answers).not.toMatch(one);
    expect(ended, all).toBe(status);
  });
});
