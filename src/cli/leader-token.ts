/**
 * The token of a leader run by hand: from a file, from the environment, or random. It is never an argument,
 * because every user of the machine can list those.
 */
import {randomBytes} from 'node:crypto';
import {existsSync} from 'node:fs';
import {FailureError, fail, type Result, succeed} from '../base/failure.ts';
import {diskFailure} from '../store/disk-failure.ts';
import {createOwnFile, readSecretFile} from '../store/own-file.ts';

const TOKEN_BYTES = 16;
const LEAST_CHARACTERS = 16;
const VARIABLE = 'LEADERLAB_TOKEN';

export interface LeaderToken {
  readonly token: string;
  /** A text for the user: where other leaders and clients find the token. */
  readonly notice: string;
}

/** Creates a missing file with a new token. */
export function leaderToken(
  file: string | undefined,
  environment: {readonly [name: string]: string | undefined},
): Result<LeaderToken> {
  if (file !== undefined) return fromFile(file);
  const given = environment[VARIABLE] ?? '';
  if (given !== '') return checked(given, VARIABLE, `token from ${VARIABLE}`);
  const token = freshToken();
  return succeed({token, notice: `token ${token}`});
}

function fromFile(file: string): Result<LeaderToken> {
  const hint = 'name another file with --token-file';
  try {
    if (!existsSync(file)) createOwnFile(file, `${freshToken()}\n`);
    const read = readSecretFile(file);
    if (read?.isSecret === false)
      return fail(
        'not-yours',
        `others can read the token in ${file}`,
        `run chmod 600 ${file}, or remove the file to get a new token`,
      );
    return checked((read?.text ?? '').trim(), file, `token in ${file}`);
  } catch (error) {
    return {
      ok: false,
      failure: {...(error instanceof FailureError ? error.failure : diskFailure('open', file, error)), hint},
    };
  }
}

function checked(token: string, from: string, notice: string): Result<LeaderToken> {
  if (token.length >= LEAST_CHARACTERS) return succeed({token, notice});
  return fail(
    'syntax',
    `the token from ${from} has fewer than ${LEAST_CHARACTERS} characters`,
    'use a longer token that nobody can guess',
  );
}

const freshToken = (): string => randomBytes(TOKEN_BYTES).toString('hex');
