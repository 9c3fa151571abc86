/**
 * `leaderlab doctor`: finds out what works on this machine, and how to fix the rest. It really starts every
 * engine, with one leader.
 */
import {mkdtemp, rm, statfs} from 'node:fs/promises';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import about from '../../package.json' with {type: 'json'};
import {leaderId} from '../base/ids.ts';
import {printable} from '../base/printable.ts';
import {lan} from '../faults/wan.ts';
import type {EngineName} from '../port/engine-name.ts';
import {GLYPHS} from '../report/words/glyphs.ts';
import {charsetOf} from './charset.ts';
import {startCluster} from './open-cluster.ts';
import {NO_CURSOR} from './screen-terminal.ts';

export interface Finding {
  readonly name: string;
  /** `poor`: it works, but not as well as it could. */
  readonly state: 'good' | 'poor' | 'bad';
  readonly seen: string;
  /** What to do; absent if the state is `good`. */
  readonly advice?: string;
}

/** The machine, the terminal and the environment variables of the program. */
export interface ProgramEnvironment {
  readonly nodeVersion: string;
  readonly columns: number | undefined;
  readonly rows: number | undefined;
  /** The bits of a colour; undefined if the output is not a terminal. */
  readonly colorDepth: number | undefined;
  readonly environment: {readonly [name: string]: string | undefined};
  readonly platform: string;
}

const PORTS = 40;
const NAME_WIDTH = 16;
const FREE_BYTES = 200 * 1024 * 1024;

/** Makes all checks, and yields each finding as soon as it is known. */
export async function* examine(program: ProgramEnvironment): AsyncGenerator<Finding> {
  yield nodeFinding(program.nodeVersion, about.engines.node);
  const system = systemFinding(program);
  if (system !== undefined) yield system;
  yield sizeFinding(program);
  yield colorFinding(program);
  yield unicodeFinding(program);
  yield await portsFinding();
  yield await folderFinding();
  yield await engineFinding('native');
  yield await engineFinding('sim');
  // PostgreSQL is optional, so it is never a serious fault.
  yield optional(await engineFinding('postgres'));
  yield optional(await engineFinding('pglogical'));
}

const optional = (finding: Finding): Finding =>
  finding.state === 'bad' ? {...finding, state: 'poor'} : finding;

const STATES: {readonly [state in Finding['state']]: string} = {
  good: GLYPHS.done,
  poor: '!',
  bad: GLYPHS.failed,
};

/** The lines of a finding: what was found, and the advice below it if there is one. */
export const showFinding = ({name, state, seen, advice}: Finding): string[] => [
  `${STATES[state]} ${name.padEnd(NAME_WIDTH)} ${printable(seen)}`,
  ...(advice === undefined ? [] : [`  ${' '.repeat(NAME_WIDTH)} ${printable(advice)}`]),
];

/** `wanted` as in package.json: `>=20.19`. */
export function nodeFinding(version: string, wanted: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = wanted.replace('>=', '').split('.').map(Number);
  const isNew = major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  if (isNew) return {name: 'Node', state: 'good', seen: version};
  return {
    name: 'Node',
    state: 'bad',
    seen: `${version}, older than ${wantedMajor}.${wantedMinor}`,
    advice: 'install Node 22 or 24 from nodejs.org',
  };
}

/** Only for systems on which something does not work. */
export function systemFinding({platform}: ProgramEnvironment): Finding | undefined {
  if (platform !== 'win32') return undefined;
  const seen = 'Windows: pause and resume work with --engine sim only, and ctrl-z does not suspend the lab';
  return {name: 'system', state: 'poor', seen, advice: 'use WSL, where everything works'};
}

/** Whether the output is a terminal, and whether its window is large enough for the screen. */
export function sizeFinding(program: ProgramEnvironment): Finding {
  const {columns, rows} = program;
  const name = 'terminal';
  if (columns === undefined || rows === undefined) {
    return {
      name,
      state: 'poor',
      seen: 'the output does not go to a terminal',
      advice: 'the screen needs one; leaderlab run works without one',
    };
  }
  if (isDumb(program))
    return {
      name,
      state: 'bad',
      seen: NO_CURSOR,
      advice: 'the screen needs another terminal; leaderlab run works here',
    };
  const seen = `${columns}×${rows}`;
  if (columns < 60 || rows < 16)
    return {
      name,
      state: 'bad',
      seen,
      advice: 'enlarge the window to 80×24 or more: below 60×16 nothing is drawn',
    };
  if (columns < 80 || rows < 24)
    return {name, state: 'poor', seen, advice: 'everything fits at 80×24 or more'};
  if (columns < 120 || rows < 36) return {name, state: 'good', seen: `${seen}; 120×36 shows more`};
  return {name, state: 'good', seen};
}

/** How many colours the terminal shows. */
export function colorFinding({colorDepth, environment}: ProgramEnvironment): Finding {
  const name = 'colours';
  if (colorDepth === undefined)
    return {name, state: 'good', seen: 'none, because the output does not go to a terminal'};
  if (environment.NO_COLOR) return {name, state: 'good', seen: 'none, because NO_COLOR is set'};
  if (colorDepth >= 24) return {name, state: 'good', seen: 'all (24 bits)'};
  if (colorDepth >= 8) return {name, state: 'good', seen: '256'};
  const advice =
    'glyphs and words say the same; for colours: export COLORTERM=truecolor, if the terminal supports it';
  return {name, state: 'poor', seen: colorDepth >= 4 ? '16' : 'none', advice};
}

/** Whether the screen can be drawn with Unicode, or only with ASCII. */
export function unicodeFinding(program: ProgramEnvironment): Finding {
  const {isUnicode, seen} = charsetOf(program);
  if (isUnicode) return {name: 'Unicode', state: 'good', seen};
  const advice =
    seen === 'TERM=linux'
      ? 'use a terminal in a window, which can draw lines and dots'
      : 'if the terminal supports UTF-8: export LANG=C.UTF-8';
  return {name: 'Unicode', state: 'poor', seen: `${seen}: the screen is drawn with ASCII`, advice};
}

/** The terminal cannot move its cursor. */
const isDumb = ({environment}: ProgramEnvironment): boolean => environment.TERM === 'dumb';

/** Listens on as many ports as a large cluster needs. */
async function portsFinding(): Promise<Finding> {
  const name = 'ports';
  const servers = Array.from({length: PORTS}, () => createServer());
  try {
    await Promise.all(
      servers.map(
        server =>
          new Promise<void>(
            (resolve, reject) => void server.once('error', reject).listen(0, '127.0.0.1', resolve),
          ),
      ),
    );
    return {name, state: 'good', seen: `${PORTS} at once on 127.0.0.1`};
  } catch (error) {
    return {
      name,
      state: 'bad',
      seen: messageOf(error),
      advice: 'leaders listen on 127.0.0.1: allow that, or raise the limit of open files (ulimit -n)',
    };
  } finally {
    for (const server of servers) server.close();
  }
}

async function folderFinding(): Promise<Finding> {
  const name = 'temporary data';
  try {
    const folder = await mkdtemp(join(tmpdir(), 'leaderlab-doctor-'));
    const {bavail, bsize} = await statfs(folder);
    await rm(folder, {recursive: true});
    const free = bavail * bsize;
    const seen = `${tmpdir()}, ${Math.round(free / 1024 / 1024)} MiB free`;
    return free >= FREE_BYTES
      ? {name, state: 'good', seen}
      : {name, state: 'poor', seen, advice: 'make room, or name another folder with --data or TMPDIR'};
  } catch (error) {
    return {
      name,
      state: 'bad',
      seen: messageOf(error),
      advice: 'name a folder that can be written to: export TMPDIR=…',
    };
  }
}

async function engineFinding(engine: EngineName): Promise<Finding> {
  const name = `engine ${engine}`;
  const startMs = performance.now();
  try {
    const started = await startCluster({
      engine,
      leaders: [leaderId('us')],
      topology: undefined,
      resolver: undefined,
      links: lan,
      data: undefined,
      seed: 1,
    });
    const ready = started.ok ? await started.value.ready : started;
    if (started.ok) await started.value.cluster.close();
    if (ready.ok)
      return {name, state: 'good', seen: `a leader runs after ${Math.round(performance.now() - startMs)} ms`};
    return {
      name,
      state: 'bad',
      seen: ready.failure.message,
      ...(ready.failure.hint === undefined ? {} : {advice: ready.failure.hint}),
    };
  } catch (error) {
    return {
      name,
      state: 'bad',
      seen: messageOf(error),
      advice: 'npm install installs what an engine needs',
    };
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
