/**
 * Keeps docs/protocol.md true: the real schemas accept every labelled example and drop nothing of it, every
 * type of message has an example, and the code in the document computes the same as ours.
 */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import * as z from 'zod';
import type {Op} from '../../src/core/log/op.ts';
import {hashOp} from '../../src/core/log/op-hash.ts';
import {clusterIdOf} from '../../src/net/secret.ts';
import {helloEnvelope, replyEnvelope, requestEnvelope} from '../../src/wire/control.ts';
import {encodeFrame, FRAME_KINDS, type FrameKind, frameOf} from '../../src/wire/frame.ts';
import {
  doneSchema,
  keysSchema,
  leaderRequestSchema,
  leaderSettingsSchema,
  logSchema,
  newsSchema,
  readSchema,
  skippedSchema,
  statusSchema,
  writtenSchema,
} from '../../src/wire/leader-control.ts';
import {intentSchema, keyWriteSchema, opSchema, parseFrame, SCHEMAS} from '../../src/wire/message-schema.ts';

const DOCUMENT = readFileSync(join(import.meta.dirname, '../../docs/protocol.md'), 'utf8');

interface Block {
  readonly line: number;
  readonly language: string;
  /** What stands behind the language. */
  readonly label: string;
  readonly text: string;
}

const BLOCKS: readonly Block[] = [...DOCUMENT.matchAll(/^```(\S+) (.+)\n([\s\S]*?)^```$/gm)].map(
  ({index, 1: language = '', 2: label = '', 3: text = ''}) => ({
    line: DOCUMENT.slice(0, index).split('\n').length,
    language,
    label,
    text,
  }),
);

const labelled = (label: string): unknown[] =>
  BLOCKS.filter(block => block.label === label).map(({text}) => JSON.parse(text));

const typeOf = (json: unknown): string => z.object({type: z.string()}).parse(json).type;

/** The line that a starting leader prints, as the lab reads it. */
const readySchema = z.discriminatedUnion('ready', [
  z.strictObject({ready: z.literal(true), port: z.int().min(1).max(65535)}),
  z.strictObject({
    ready: z.literal(false),
    failure: z.strictObject({code: z.string(), message: z.string(), hint: z.string().exactOptional()}),
  }),
]);

/** What the label of a block says that its text is. */
const SCHEMA_OF: {readonly [label: string]: z.ZodType} = {
  ready: readySchema,
  op: opSchema,
  write: keyWriteSchema,
  settings: leaderSettingsSchema,
  news: newsSchema,
  request: leaderRequestSchema,
  'control-hello': helloEnvelope,
  'control-request': requestEnvelope,
  'control-reply': replyEnvelope,
  'result configure': doneSchema,
  'result write': writtenSchema,
  'result read': readSchema,
  'result keys': keysSchema,
  'result log': logSchema,
  'result skip': skippedSchema,
  'result status': statusSchema,
  'result recovered': doneSchema,
  'result subscribe': doneSchema,
};

/** The message as a leader takes it from a frame of its kind. */
function throughFrame(message: unknown): unknown {
  const kind = typeOf(message) as FrameKind;
  const parsed = parseFrame(frameOf(encodeFrame(kind, JSON.stringify(message))));
  if (!parsed.ok) throw new Error(parsed.failure.message);
  return parsed.value;
}

describe('docs/protocol.md', () => {
  const examples = BLOCKS.filter(({language}) => language === 'json');

  it.each(examples.map(block => [block.line, block.label, block] as const))(
    'has at line %i an example of %s that the schema accepts completely',
    (_line, label, {text}) => {
      const json: unknown = JSON.parse(text);
      const parsed = label === 'message' ? throughFrame(json) : SCHEMA_OF[label]?.parse(json);
      expect(parsed).toEqual(json);
    },
  );

  it('labels every JSON block with its content', () => {
    expect(DOCUMENT.match(/^```json$/gm)).toBeNull();
  });

  it('has an example of every message between leaders', () => {
    expect(new Set(labelled('message').map(typeOf))).toEqual(new Set(Object.keys(SCHEMAS)));
  });

  it('has an example of every kind of write', () => {
    const types = intentSchema.options.map(({shape}) => shape.type.value);
    expect(new Set(labelled('write').map(typeOf))).toEqual(new Set(types));
  });

  it('has an example of every request, with its result', () => {
    const types = leaderRequestSchema.options.map(({shape}) => shape.type.value);
    expect(new Set(labelled('request').map(typeOf))).toEqual(new Set(types));
    for (const type of types) expect(labelled(`result ${type}`).length, type).toBeGreaterThan(0);
  });

  it('lists the numbers of the kinds of frames that the code uses', () => {
    const rows = [...DOCUMENT.matchAll(/^\| `(\w+)` +\| (\d+) +\|/gm)].map(([, kind, number]) => [
      kind,
      Number(number),
    ]);
    expect(Object.fromEntries(rows)).toEqual(FRAME_KINDS);
  });

  it('names the cluster in a greeting by the token of the control connection', () => {
    const [control] = labelled('control-hello').map(one => helloEnvelope.parse(one));
    const [hello] = labelled('message');
    expect(hello).toMatchObject({cluster: clusterIdOf(control?.hello.cluster ?? '')});
  });

  it('hashes operations as leaders do', () => {
    const hashed = run('hash', 'hashOp') as (op: Op) => number;
    const ops = [
      ...labelled('op'),
      ...labelled('message').flatMap(
        one => z.object({ops: z.array(opSchema)}).safeParse(one).data?.ops ?? [],
      ),
      ...labelled('write').map(write => ({...operation(), writes: [write]})),
    ] as Op[];
    expect(ops.map(hashed)).toEqual(ops.map(hashOp));
    const [first] = labelled('message').filter(one => typeOf(one) === 'ops') as {ops: Op[]}[];
    const said = /The hash of the first operation in \[ops\]\(#ops\) is `(\d+)`/.exec(DOCUMENT)?.[1];
    expect(said).toBe(String(hashOp(first?.ops[0] as Op)));
  });

  it('computes the digest of its example', () => {
    const fnv = run('digest', 'fnv') as (text: string) => number;
    const text = '"title"{"value":"B"}';
    const digest = ['1', '2']
      .map(half =>
        fnv(half + text)
          .toString(16)
          .padStart(8, '0'),
      )
      .join('');
    expect(labelled('result status')).toMatchObject([{digest}]);
  });
});

/** Some operation, to put writes into. */
function operation(): Omit<Op, 'writes'> {
  const {writes: _, ...rest} = opSchema.parse(labelled('op')[0]);
  return rest;
}

/** The function of that name in the block of code with that label. */
function run(label: string, name: string): unknown {
  const code = BLOCKS.find(block => block.label === label)?.text ?? '';
  return new Function(`${code}\nreturn ${name};`)();
}
