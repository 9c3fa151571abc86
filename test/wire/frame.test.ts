import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {
  encodeFrame,
  FRAME_KINDS,
  FRAME_LIMIT_BYTES,
  type Frame,
  type FrameKind,
  FrameReader,
} from '../../src/wire/frame.ts';

const kinds = Object.keys(FRAME_KINDS) as FrameKind[];
const frames = fc.array(
  fc.record({kind: fc.constantFrom(...kinds), payload: fc.uint8Array({maxLength: 300})}),
  {maxLength: 12},
);
const cuts = fc.array(fc.nat(2000), {maxLength: 40});

const join = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

function split(bytes: Uint8Array, at: readonly number[]): Uint8Array[] {
  const places = [0, ...at.map(place => Math.min(place, bytes.length)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, i) => bytes.slice(places[i], end));
}

function readAll(chunks: readonly Uint8Array[]): {frames: Frame[]; reason: string | undefined} {
  const reader = new FrameReader();
  const results = chunks.map(chunk => reader.push(chunk));
  return {frames: results.flatMap(result => result.frames), reason: results.at(-1)?.refusal?.reason};
}

const plain = (frame: Frame) => ({kind: frame.kind, payload: [...frame.payload], raw: [...frame.raw]});

const header = (length: number, kind: number): Uint8Array => {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt32BE(length, 0);
  bytes[4] = kind;
  return bytes;
};

describe('a frame reader', () => {
  test('returns the frames that were encoded, however the stream was cut', () => {
    fc.assert(
      fc.property(frames, cuts, (sent, at) => {
        const encoded = sent.map(({kind, payload}) => encodeFrame(kind, payload));
        const read = readAll(split(join(encoded), at));
        expect(read.frames.map(plain)).toEqual(
          sent.map(({kind, payload}, i) => ({kind, payload: [...payload], raw: [...(encoded[i] ?? [])]})),
        );
        expect(read.reason).toBeUndefined();
      }),
    );
  });

  test('never throws on arbitrary bytes, and gives the same result however they were cut', () => {
    fc.assert(
      fc.property(frames, fc.uint8Array({maxLength: 200}), cuts, (sent, noise, at) => {
        const bytes = join([...sent.map(({kind, payload}) => encodeFrame(kind, payload)), noise]);
        const whole = readAll([bytes]);
        const parts = readAll(split(bytes, at));
        expect(parts.frames.map(plain)).toEqual(whole.frames.map(plain));
        expect(parts.reason).toBe(whole.reason);
      }),
    );
  });

  test('reads a payload given as text as UTF-8', () => {
    const [frame] = new FrameReader().push(encodeFrame('control', '{"é":1}')).frames;
    expect(new TextDecoder().decode(frame?.payload)).toBe('{"é":1}');
  });

  test('refuses a length of 0 before anything else arrives', () => {
    expect(new FrameReader().push(new Uint8Array(4)).refusal?.reason).toBe('a frame of length 0');
  });

  test('refuses a length beyond the limit as soon as it has the length', () => {
    const result = new FrameReader().push(header(FRAME_LIMIT_BYTES + 1, 1).subarray(0, 4));
    expect(result.refusal?.reason).toContain('16777217 bytes');
  });

  test('refuses an unknown kind without waiting for its payload', () => {
    expect(new FrameReader().push(header(100, 99)).refusal?.reason).toBe('a frame of unknown kind 99');
  });

  test('returns the frames before the refused one, and stays refused', () => {
    const reader = new FrameReader();
    const good = encodeFrame('ping', '1');
    const first = reader.push(join([good, header(1, 0)]));
    expect(first.frames.map(frame => frame.kind)).toEqual(['ping']);
    const second = reader.push(good);
    expect(second).toEqual({frames: [], refusal: first.refusal});
  });

  test('accepts a frame of exactly the limit, and refuses to encode a larger one', () => {
    const largest = encodeFrame('ops', new Uint8Array(FRAME_LIMIT_BYTES - 1));
    const {frames, refusal} = new FrameReader().push(largest);
    expect(frames).toHaveLength(1);
    expect(refusal).toBeUndefined();
    expect(() => encodeFrame('ops', new Uint8Array(FRAME_LIMIT_BYTES))).toThrow('exceeds the limit');
  });

  test('does not allocate the length that a header claims', () => {
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({length: 200}, () => {
      const reader = new FrameReader();
      reader.push(header(FRAME_LIMIT_BYTES, FRAME_KINDS.ops));
      return reader;
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
    expect(readers).toHaveLength(200);
  });

  test('copies each byte of a large frame in tiny chunks a bounded number of times', () => {
    const size = 2_000_000;
    const encoded = encodeFrame('ops', new Uint8Array(size).fill(7));
    const original = Uint8Array.prototype.set;
    let copied = 0;
    Uint8Array.prototype.set = function (this: Uint8Array, source: ArrayLike<number>, offset?: number) {
      copied += source.length;
      original.call(this, source, offset);
    };
    try {
      const reader = new FrameReader();
      let last: Frame | undefined;
      for (let at = 0; at < encoded.length; at += 100)
        last = reader.push(encoded.subarray(at, at + 100)).frames[0];
      expect(last?.payload.length).toBe(size);
    } finally {
      Uint8Array.prototype.set = original;
    }
    expect(copied).toBeLessThan(4 * size);
  });

  test('may limit the first frame to a smaller size than later ones', () => {
    const small = encodeFrame('hello', new Uint8Array(100));
    const large = encodeFrame('ops', new Uint8Array(5000));
    const after = new FrameReader(1000).push(join([small, large]));
    expect(after.frames.map(({kind}) => kind)).toEqual(['hello', 'ops']);
    const first = new FrameReader(1000).push(large.subarray(0, 10));
    expect(first).toEqual({frames: [], refusal: {reason: 'a frame of 5001 bytes, the limit is 1000'}});
  });
});
