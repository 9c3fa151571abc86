/**
 * The messages, in bytes, of two PostgreSQL servers of which one fetches the other's operations.
 */
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** A message of either side, after the login. */
export function message(type: string, body: Uint8Array | string = ''): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([Buffer.from(type, 'latin1'), int32(4 + bytes.length), bytes]);
}

/** A message of a client, before the login. */
export function packet(code: number, body: Uint8Array | string = ''): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([int32(8 + bytes.length), int32(code), bytes]);
}

export const SSL_REQUEST = 80877103;
export const GSS_REQUEST = 80877104;
export const CANCEL_REQUEST = 80877102;
export const STARTUP = 196608;

/** A message of the output plugin: `C` is a commit. */
export const xlogData = (type: string, rest: Uint8Array | string = ''): Buffer =>
  message(
    'd',
    Buffer.concat([Buffer.from('w'), Buffer.alloc(24, 7), Buffer.from(type, 'latin1'), Buffer.from(rest)]),
  );

/**
 * What a server says before the first operation: it lets the client in, waits for it, and begins to
 * replicate.
 */
export const REPLICATING: readonly Buffer[] = [
  message('R', int32(0)),
  message('Z', 'I'),
  message('W', '\0\0\0'),
];

/** The message that a client sends from time to time. */
export const statusUpdate = (): Buffer => message('d', Buffer.concat([Buffer.from('r'), Buffer.alloc(33)]));
