/**
 * Splits one direction of a stream between two PostgreSQL servers into protocol messages. Pure, no sockets.
 *
 *     u8 type | i32 big-endian: length, itself included | body
 *
 * Before that a client sends packets without a type, and a server answers a request for encryption with a
 * single byte. Nothing is refused, and the pieces together are exactly the bytes of the stream. From the
 * first unreadable byte (TLS, for example) the rest passes in chunks as it arrives. A large message passes in
 * pieces too, so that memory stays small. The division of the stream into chunks changes neither its messages
 * nor their kinds.
 */

/** The sender in this direction. `client`: the end that dialled. */
export type Speaker = 'client' | 'server';

/**
 * `ops` is the commit of one replicated transaction, `other` any other message, `part` a piece of a message
 * that is not its end, and `opaque` bytes that cannot be read.
 */
export interface StreamPiece {
  readonly kind: 'ops' | 'other' | 'part' | 'opaque';
  readonly raw: Uint8Array;
}

/**
 * What to expect at the start of a message. `greeting`: before the login. `copying`: while the server sends
 * replicated changes.
 */
type Phase = 'greeting' | 'talking' | 'copying' | 'opaque';

/** What the first bytes of a message say. */
interface Heading {
  readonly bytes: number;
  readonly kind: 'ops' | 'other';
  /** For the next message. */
  readonly next: Phase;
}

/** The message that has begun. */
interface Open {
  readonly heading: Heading;
  leftBytes: number;
  /** Where it is put together, unless it is large. */
  readonly whole: Uint8Array | undefined;
}

/** A message up to this size waits until it is complete. */
const WHOLE_BYTES = 64 * 1024;

const HEADER_BYTES = 5;
/** Behind the header, in `w` messages: positions and a clock, then the message of the output plugin. */
const PLUGIN_AT = HEADER_BYTES + 1 + 3 * 8;
/** No kind of message depends on more bytes than these. */
const HEAD_BYTES = PLUGIN_AT + 1;

const TYPES: {readonly [speaker in Speaker]: ReadonlySet<number>} = {
  client: codes('BCDEFHPQSXcdfp'),
  server: codes('123ACDEGHIKNRSTVWZcdnstv'),
};
/** Of a server: whether and how a client may log in. */
const FIRST_TYPES = codes('REv');
/**
 * In `pgoutput` and `pglogical_output`: a commit, and the commit of a transaction that was streamed while it
 * was in progress.
 */
const COMMITS = codes('Cc');
/** Before the login: no encryption, or which. */
const [NO, SSL, GSS] = [code('N'), code('S'), code('G')];
const [COPY_OUT, COPY_BOTH, COPY_DATA, COMPLETE] = [code('H'), code('W'), code('d'), code('C')];
const XLOG_DATA = code('w');
/** An authentication request of a server, or its end. */
const [AUTHENTICATION, LOGIN_BYTES] = [code('R'), 9];

const PACKET_BYTES = 8;
const LARGEST_PACKET_BYTES = 10_000;
const PROTOCOL = 3;
const [CANCEL_REQUEST, SSL_REQUEST, GSS_REQUEST] = [80877102, 80877103, 80877104];

/**
 * Splits one direction of a PostgreSQL connection into protocol messages and finds the commits of replicated
 * transactions (kind `ops`). `push` takes any chunk and never fails: unreadable bytes pass as `opaque`. The
 * raw bytes of all pieces, with those of `end`, are exactly the stream. ("Frontend/Backend Protocol" in
 * PostgreSQL's documentation.)
 */
export class PgStream {
  readonly #speaker: Speaker;
  #phase: Phase = 'greeting';
  /** The beginning of a message whose length and kind are not known yet. */
  #head: Uint8Array = new Uint8Array(0);
  #open: Open | undefined;

  constructor(speaker: Speaker) {
    this.#speaker = speaker;
  }

  /** Returns the messages that this chunk completes, and the parts of large messages that have arrived. */
  push(chunk: Uint8Array): StreamPiece[] {
    const pieces: StreamPiece[] = [];
    let at = 0;
    while (at < chunk.length) at += this.#take(chunk.subarray(at), pieces);
    return pieces;
  }

  /** Returns what is left at the end of the stream: the beginning of a message. */
  end(): StreamPiece[] {
    const {whole, leftBytes} = this.#open ?? {};
    const raw = whole === undefined ? this.#head : whole.subarray(0, whole.length - (leftBytes ?? 0));
    this.#open = undefined;
    this.#head = new Uint8Array(0);
    return raw.length === 0 ? [] : [{kind: 'part', raw}];
  }

  /** Returns the number of bytes taken. */
  #take(bytes: Uint8Array, pieces: StreamPiece[]): number {
    if (this.#open !== undefined) return this.#goOn(this.#open, bytes, pieces);
    if (this.#phase !== 'opaque') return this.#begin(bytes, pieces);
    pieces.push({kind: 'opaque', raw: bytes});
    return bytes.length;
  }

  #begin(bytes: Uint8Array, pieces: StreamPiece[]): number {
    const before = this.#head;
    const head = before.length === 0 ? bytes : join(before, bytes.subarray(0, HEAD_BYTES - before.length));
    const heading = headingOf(head, this.#speaker, this.#phase);
    if (heading === undefined) {
      this.#head = head.slice();
      return head.length - before.length;
    }
    this.#head = new Uint8Array(0);
    if (heading === 'nonsense') {
      this.#phase = 'opaque';
      if (before.length > 0) pieces.push({kind: 'opaque', raw: before});
      return 0;
    }
    if (before.length === 0 && heading.bytes <= bytes.length)
      return this.#complete(heading, bytes.subarray(0, heading.bytes), pieces);
    const open: Open = {
      heading,
      leftBytes: heading.bytes,
      whole: heading.bytes > WHOLE_BYTES ? undefined : new Uint8Array(heading.bytes),
    };
    this.#open = open;
    if (before.length > 0) this.#goOn(open, before, pieces);
    return 0;
  }

  #goOn(open: Open, bytes: Uint8Array, pieces: StreamPiece[]): number {
    const part = bytes.subarray(0, open.leftBytes);
    open.whole?.set(part, open.whole.length - open.leftBytes);
    open.leftBytes -= part.length;
    if (open.leftBytes === 0) this.#complete(open.heading, open.whole ?? part, pieces);
    else if (open.whole === undefined) pieces.push({kind: 'part', raw: part});
    return part.length;
  }

  #complete({kind, next}: Heading, raw: Uint8Array, pieces: StreamPiece[]): number {
    this.#open = undefined;
    this.#phase = next;
    pieces.push({kind, raw});
    return raw.length;
  }
}

/** The heading of the message that starts here; `undefined` if more bytes are needed. */
function headingOf(head: Uint8Array, speaker: Speaker, phase: Phase): Heading | 'nonsense' | undefined {
  const [first] = head;
  if (phase !== 'greeting') return messageHeading(head, TYPES[speaker], phase);
  if (speaker === 'client') return packetHeading(head);
  // Before the login a server sends no notices and parameters, which begin with the same letters.
  if (first === NO) return {bytes: 1, kind: 'other', next: 'greeting'};
  if (first === SSL || first === GSS) return {bytes: 1, kind: 'other', next: 'opaque'};
  return messageHeading(head, FIRST_TYPES, 'talking');
}

function messageHeading(
  head: Uint8Array,
  types: ReadonlySet<number>,
  phase: Phase,
): Heading | 'nonsense' | undefined {
  const [type] = head;
  if (type === undefined) return undefined;
  if (!types.has(type)) return 'nonsense';
  if (head.length < HEADER_BYTES) return undefined;
  const length = int32(head, 1);
  if (length < 4) return 'nonsense';
  const bytes = 1 + length;
  if (head.length < Math.min(bytes, HEAD_BYTES)) return undefined;
  return {bytes, kind: isCommit(head.subarray(0, bytes), phase) ? 'ops' : 'other', next: after(type, phase)};
}

/** Reads the packets that a client sends before its first message with a type. */
function packetHeading(head: Uint8Array): Heading | 'nonsense' | undefined {
  // The length begins with a zero. Other bytes pass at once, because their sender may wait for an answer.
  if (head[0] !== 0) return 'nonsense';
  if (head.length < PACKET_BYTES) return undefined;
  const [bytes, request] = [int32(head, 0), int32(head, 4)];
  if (bytes < PACKET_BYTES || bytes > LARGEST_PACKET_BYTES) return 'nonsense';
  if (request === SSL_REQUEST || request === GSS_REQUEST) return {bytes, kind: 'other', next: 'greeting'};
  if (request === CANCEL_REQUEST) return {bytes, kind: 'other', next: 'opaque'};
  return request >>> 16 === PROTOCOL ? {bytes, kind: 'other', next: 'talking'} : 'nonsense';
}

/** Whether a server says with this message that its client has logged in. */
export const isLogin = (raw: Uint8Array): boolean =>
  raw.length === LOGIN_BYTES && raw[0] === AUTHENTICATION && int32(raw, HEADER_BYTES) === 0;

/** Rows of a plain COPY could look like a commit, so only the stream of a replicating server is checked. */
function isCommit(head: Uint8Array, phase: Phase): boolean {
  return (
    phase === 'copying' &&
    head[0] === COPY_DATA &&
    head[HEADER_BYTES] === XLOG_DATA &&
    COMMITS.has(head[PLUGIN_AT] ?? 0)
  );
}

function after(type: number, phase: Phase): Phase {
  if (type === COPY_BOTH) return 'copying';
  return type === COPY_OUT || type === COMPLETE ? 'talking' : phase;
}

function code(letter: string): number {
  return letter.charCodeAt(0);
}

function codes(letters: string): ReadonlySet<number> {
  return new Set([...letters].map(code));
}

const int32 = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getInt32(at);

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
