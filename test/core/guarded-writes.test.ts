import {describe, expect, it} from 'vitest';
import {key, leaderId, linkId} from '../../src/base/ids.ts';
import type {Asked} from '../../src/core/fold/accept.ts';
import type {Guard, Reply} from '../../src/core/io/input-effect.ts';
import {Replica} from '../../src/core/replica.ts';

const now = {wallMs: 1000, monotonicMs: 0};
const US = leaderId('us');
const EU = leaderId('eu');
const title = key('title');
const set = (name: string, value: string): Asked => ({key: key(name), intent: {type: 'set', value}});

class Client {
  readonly replica = new Replica({self: US, cluster: 'test', resolver: {name: 'siblings'}, ops: []});
  #request = 0;

  write(writes: readonly Asked[], guard?: Guard): Reply | undefined {
    const request = ++this.#request;
    const effects = [
      ...this.replica.step({type: 'write-requested', request, writes, ...(guard ? {guard} : {})}, now),
      ...this.replica.step({type: 'persisted', count: this.replica.opCount}, now),
    ];
    return effects.flatMap(effect =>
      effect.type === 'reply' && effect.request === request ? [effect.reply] : [],
    )[0];
  }

  /** eu writes the title too, without having seen what is here. */
  receive(value: string): void {
    const op = {
      dot: {origin: EU, seq: 1},
      after: {},
      hlc: {wallMs: 1000, logical: 0},
      wallMs: 1000,
      writes: [{type: 'set', key: title, generation: 1, saw: [], value}],
    } as const;
    this.replica.step(
      {
        type: 'message-received',
        link: linkId(EU, US),
        message: {type: 'ops', batch: 1, ops: [op], hops: [1]},
      },
      now,
    );
  }
}

describe('a guarded write', () => {
  const value = (expected: string): Guard => ({key: title, expected: {value: expected}});
  const absent: Guard = {key: title, expected: {absent: true}};
  const refused = (message: string) => ({type: 'refused', failure: {code: 'guard', message}});

  it('happens only if a reader here sees the value of the guard', () => {
    const client = new Client();
    expect(client.write([set('title', 'A')], value('A'))).toEqual(refused('title is absent, not "A"'));
    expect(client.write([set('title', 'B')], absent)?.type).toBe('accepted');
    expect(client.write([set('title', 'C')], value('A'))).toEqual(refused('title is "B", not "A"'));
    expect(client.write([set('title', 'C')], absent)).toEqual(refused('title is "B", not absent'));
    expect(client.write([set('other', 'C')], value('B'))?.type).toBe('accepted');
    client.receive('X');
    expect(client.write([set('title', 'C')], value('B'))).toEqual(
      refused('title has 2 siblings, so it is not "B"'),
    );
    expect(client.replica.opCount).toBe(3);
  });

  it('sees earlier writes that the disk has not confirmed yet', () => {
    const client = new Client();
    client.replica.step({type: 'write-requested', request: 91, writes: [set('title', 'A')]}, now);
    expect(client.write([set('title', 'B')], absent)).toEqual(refused('title is "A", not absent'));
  });
});

describe('a transaction', () => {
  it('is one operation', () => {
    const client = new Client();
    expect(client.write([set('a', '1'), set('b', '2')])).toEqual({
      type: 'accepted',
      dot: {origin: US, seq: 1},
    });
    expect(client.replica.log[0]?.writes.map(({key}) => key)).toEqual(['a', 'b']);
  });

  it('is refused completely if one of its writes is refused', () => {
    const client = new Client();
    client.write([set('a', 'text')]);
    expect(client.write([set('b', '2'), {key: key('a'), intent: {type: 'incr', by: 1}}])).toMatchObject({
      type: 'refused',
      failure: {code: 'wrong-type'},
    });
    expect(client.replica.fold.read(key('b'))).toEqual({type: 'absent'});
  });

  it('that writes a key twice is refused', () => {
    const client = new Client();
    expect(client.write([set('a', '1'), set('b', '2'), set('a', '3')])).toMatchObject({
      type: 'refused',
      failure: {code: 'twice', message: 'a is written twice in one transaction'},
    });
    expect(client.replica.opCount).toBe(0);
  });
});
