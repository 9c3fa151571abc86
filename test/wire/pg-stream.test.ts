import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {PgStream, type Speaker, type StreamPiece} from '../../src/wire/pg-stream.ts';
import {
  CANCEL_REQUEST,
  GSS_REQUEST,
  message,
  packet,
  REPLICATING,
  SSL_REQUEST,
  STARTUP,
  statusUpdate,
  xlogData,
} from '../support/pg-messages.ts';

type Kind = StreamPiece['kind'];

/** A message, and what it is in a stream that replicates and in one that does not. */
interface Said {
  readonly bytes: Buffer;
  readonly kind: Kind;
  readonly copies?: boolean;
}

const LARGE = 64 * 1024;
const startup = packet(STARTUP, 'user\0me\0\0');

const other = (bytes: Buffer): Said => ({bytes, kind: 'other'});
const body = fc.oneof(
  {weight: 8, arbitrary: fc.uint8Array({maxLength: 60})},
  {weight: 1, arbitrary: large()},
);
/** Of some 64 KiB and more: around where it passes in pieces, and far from it. */
function large() {
  return fc
    .tuple(fc.oneof(fc.nat(80), fc.nat(200_000)), fc.nat(255))
    .map(([more, fill]) => new Uint8Array(LARGE - 40 + more).fill(fill));
}

const fromServer: fc.Arbitrary<Said> = fc.oneof(
  fc.tuple(fc.constantFrom(...'RKSZNTDE'), body).map(([type, bytes]) => other(message(type, bytes))),
  fc.constantFrom(message('H', 'h'), message('C', 'COPY 1')).map(bytes => ({...other(bytes), copies: false})),
  fc.constant({...other(message('W', '\0\0\0')), copies: true}),
  body.map(bytes => ({bytes: xlogData('C', bytes), kind: 'ops' as const})),
  fc.tuple(fc.constantFrom(...'BIUDR'), body).map(([type, bytes]) => other(xlogData(type, bytes))),
  fc.constantFrom('k', 'w', 'wC', `w${'C'.repeat(24)}`).map(text => other(message('d', text))),
);
const fromClient: fc.Arbitrary<Said> = fc.oneof(
  fc.tuple(fc.constantFrom(...'pQPBDESXdcf'), body).map(([type, bytes]) => other(message(type, bytes))),
  fc.constantFrom(statusUpdate(), xlogData('C')).map(other),
);

/** All that one side says: `said`, with what is counted of it. */
const talk: fc.Arbitrary<{speaker: Speaker; said: readonly Said[]}> = fc.oneof(
  fc.tuple(fc.nat(2), fc.array(fromServer, {maxLength: 40})).map(([refusals, said]) => ({
    speaker: 'server' as const,
    said: believed([
      ...Array.from({length: refusals}, () => other(Buffer.from('N'))),
      other(message('R', '\0\0\0\0')),
      ...said,
    ]),
  })),
  fc
    .tuple(fc.subarray([packet(SSL_REQUEST), packet(GSS_REQUEST)]), fc.array(fromClient, {maxLength: 40}))
    .map(([requests, said]) => ({
      speaker: 'client' as const,
      said: [...requests.map(other), other(startup), ...said],
    })),
);

/** Commits are only what looks like one while the server replicates. */
function believed(said: readonly Said[]): Said[] {
  let copies = false;
  return said.map(one => {
    copies = one.copies ?? copies;
    return copies ? one : {...one, kind: 'other'};
  });
}

const cuts = fc.array(fc.nat(), {maxLength: 60});

function split(bytes: Buffer, at: readonly number[]): Buffer[] {
  const places = [0, ...at.map(place => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, i) => bytes.subarray(places[i], end));
}

function piecesOf(speaker: Speaker, chunks: readonly Buffer[]): StreamPiece[] {
  const stream = new PgStream(speaker);
  return [...chunks.flatMap(chunk => stream.push(chunk)), ...stream.end()];
}

const joined = (pieces: readonly StreamPiece[]): Buffer => Buffer.concat(pieces.map(({raw}) => raw));

/** With the pieces of a message put together, and those of what cannot be read. */
function whole(pieces: readonly StreamPiece[]): {kind: Kind; bytes: number}[] {
  const messages: {kind: Kind; bytes: number}[] = [];
  for (const {kind, raw} of pieces) {
    const last = messages.at(-1);
    if (last !== undefined && (last.kind === 'part' || (last.kind === 'opaque' && kind === 'opaque'))) {
      last.kind = kind;
      last.bytes += raw.length;
    } else {
      messages.push({kind, bytes: raw.length});
    }
  }
  return messages;
}

const all = (said: readonly Said[]): Buffer => Buffer.concat(said.map(({bytes}) => bytes));

describe('a stream', () => {
  test('is split into its messages, each of its kind, for any chunks', () => {
    fc.assert(
      fc.property(talk, cuts, ({speaker, said}, at) => {
        const pieces = piecesOf(speaker, split(all(said), at));
        expect(joined(pieces).equals(all(said))).toBe(true);
        expect(whole(pieces)).toEqual(said.map(({bytes, kind}) => ({kind, bytes: bytes.length})));
      }),
    );
  });

  test('is split in the same way byte by byte', () => {
    const small = talk.filter(({said}) => all(said).length < 3000);
    fc.assert(
      fc.property(small, ({speaker, said}) => {
        const pieces = piecesOf(
          speaker,
          [...all(said)].map(byte => Buffer.from([byte])),
        );
        expect(joined(pieces).equals(all(said))).toBe(true);
        expect(pieces.map(({kind, raw}) => ({kind, bytes: raw.length}))).toEqual(
          said.map(({bytes, kind}) => ({kind, bytes: bytes.length})),
        );
      }),
    );
  });

  test(
    'is never lost or refused if it is invalid or ends too ' + 'early, and is read the same for any chunks',
    () => {
      const noise = fc.oneof(
        fc.uint8Array({maxLength: 200}),
        fc.string({maxLength: 200}).map(text => Buffer.from(text)),
      );
      fc.assert(
        fc.property(talk, noise, fc.nat(), cuts, ({speaker, said}, nonsense, keep, at) => {
          const sense = all(said);
          const bytes = Buffer.concat([sense.subarray(0, keep % (sense.length + 1)), nonsense]);
          const [once, often] = [piecesOf(speaker, [bytes]), piecesOf(speaker, split(bytes, at))];
          expect(joined(once).equals(bytes)).toBe(true);
          expect(joined(often).equals(bytes)).toBe(true);
          expect(whole(often)).toEqual(whole(once));
        }),
      );
    },
  );

  test('is not buffered if its first byte is already invalid', () => {
    for (const text of ['hello', '\x16', 'R'])
      expect(new PgStream('client').push(Buffer.from(text)).map(({kind}) => kind)).toEqual(['opaque']);
    for (const text of ['hello', '\x15', 'Z'])
      expect(new PgStream('server').push(Buffer.from(text)).map(({kind}) => kind)).toEqual(['opaque']);
  });

  test('has no empty pieces, and no pieces larger than one chunk or than what waits to be complete', () => {
    fc.assert(
      fc.property(talk, cuts, ({speaker, said}, at) => {
        const chunks = split(all(said), at);
        const most = Math.max(LARGE, ...chunks.map(({length}) => length));
        for (const {raw} of piecesOf(speaker, chunks)) {
          expect(raw.length).toBeGreaterThan(0);
          expect(raw.length).toBeLessThanOrEqual(most);
        }
      }),
    );
  });
});

describe('a message', () => {
  const opened = (): PgStream => {
    const stream = new PgStream('server');
    for (const bytes of REPLICATING) stream.push(bytes);
    return stream;
  };

  test('of a gigabyte passes as it arrives, and its end has its kind', () => {
    const stream = opened();
    const head = xlogData('C').subarray(0, 31);
    head.writeUInt32BE(1_000_000_000, 1);
    expect(stream.push(head)).toEqual([{kind: 'part', raw: head}]);
    const chunk = Buffer.alloc(1_000_000);
    for (let left = 1_000_000_001 - head.length; left > chunk.length; left -= chunk.length) {
      expect(stream.push(chunk).map(({kind, raw}) => ({kind, whole: raw.length === chunk.length}))).toEqual([
        {kind: 'part', whole: true},
      ]);
    }
    const last = stream
      .push(Buffer.concat([Buffer.alloc(999_970), xlogData('B')]))
      .map(({kind, raw}) => ({kind, bytes: raw.length}));
    expect(last).toEqual([
      {kind: 'ops', bytes: 999_970},
      {kind: 'other', bytes: xlogData('B').length},
    ]);
  });

  test('is a commit under both plugins, and at the end of a transaction that was sent while it ran', () => {
    const kinds = ['B', 'C', 'I', 'c', 'S', 'K'].flatMap(type =>
      opened()
        .push(xlogData(type))
        .map(({kind}) => kind),
    );
    expect(kinds).toEqual(['other', 'ops', 'other', 'ops', 'other', 'other']);
  });

  test('that only looks like a commit, such as a row that COPY sends, is not one', () => {
    const stream = new PgStream('server');
    const kinds = [...REPLICATING.slice(0, 2), message('H', '\0\0\0'), xlogData('C'), message('c')].flatMap(
      bytes => stream.push(bytes),
    );
    expect(new Set(kinds.map(({kind}) => kind))).toEqual(new Set(['other']));
  });
});

describe('encryption', () => {
  test('that the server grants makes both directions opaque permanently', () => {
    for (const yes of ['S', 'G']) {
      const server = new PgStream('server');
      expect(server.push(Buffer.from(yes)).map(({kind}) => kind)).toEqual(['other']);
      expect(server.push(message('R', '\0\0\0\0')).map(({kind}) => kind)).toEqual(['opaque']);
    }
    const client = new PgStream('client');
    client.push(packet(SSL_REQUEST));
    expect(client.push(Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252])).map(({kind}) => kind)).toEqual([
      'opaque',
    ]);
    expect(client.push(startup).map(({kind}) => kind)).toEqual(['opaque']);
  });

  test('that the server refuses leaves the messages readable', () => {
    const server = new PgStream('server');
    const chunks = [Buffer.from('N'), Buffer.from('N'), ...REPLICATING, xlogData('C')];
    expect(chunks.flatMap(chunk => server.push(chunk)).at(-1)?.kind).toBe('ops');
  });

  test('is followed by nothing readable, and so is a request to cancel', () => {
    const client = new PgStream('client');
    expect(
      client.push(Buffer.concat([packet(CANCEL_REQUEST, 'key12345'), startup])).map(({kind}) => kind),
    ).toEqual(['other', 'opaque']);
  });
});
