/**
 * The process of one leader as the lab starts it: options by environment and flags, one line of JSON when it is ready, and an end
 * when its standard input ends, that is, when the lab closes it or dies, by SIGKILL too. Ctrl-C in the terminal is the lab's business.
 */
import {parseArgs} from 'node:util';
import {leaderId} from '../base/ids.ts';
import {leaderSettingsSchema} from '../wire/leader-control.ts';
import {runLeader} from './run.ts';

const {values} = parseArgs({
  options: {
    id: {type: 'string'},
    folder: {type: 'string'},
    settings: {type: 'string'},
    /** Nothing by this name has run before. */
    new: {type: 'boolean'},
  },
});

const {LEADERLAB_TOKEN: cluster = ''} = process.env;
const {id = '', folder = ''} = values;
const settings = leaderSettingsSchema.safeParse(tryJson(values.settings ?? ''));
if (cluster === '' || folder === '' || !settings.success) {
  process.stderr.write('this is how the lab starts a leader; by hand it is: leaderlab leader --help\n');
  process.exit(2);
}

process.on('SIGINT', () => {});
const started = await runLeader({
  self: leaderId(id),
  cluster,
  folder,
  port: 0,
  settings: settings.data,
  recovers: values.new !== true,
  neighbours: [],
});
if (!started.ok) {
  const {message, hint} = started.failure;
  process.stderr.write(`${hint === undefined ? message : `${message}; ${hint}`}\n`);
  process.exit(3);
}
const leader = started.value;
const end = (): void => void leader.close().finally(() => process.exit(0));
process.on('SIGTERM', end);
process.stdin.on('end', end);
process.stdin.on('error', end);
process.stdin.resume();
process.stdout.write(`${JSON.stringify({ready: true, port: leader.port})}\n`);

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
