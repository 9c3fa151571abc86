/**
 * The process of one leader, as the lab starts it. It takes its options from flags and the environment,
 * prints one line of JSON when it is ready, and ends when its standard input ends, that is, when the lab
 * closes it or dies, even by SIGKILL. Ctrl-C in the terminal is for the lab alone.
 */

import {parseArgs} from 'node:util';
import {leaderId} from '../base/ids.ts';
import {tryParseJson} from '../base/json.ts';
import {leaderSettingsSchema} from '../wire/leader-control.ts';
import {openLog, runLeader} from './run-leader.ts';

/** The time limit for closing. Everything acknowledged is on disk already. */
const END_LIMIT_MS = 1500;

const {values} = parseArgs({
  options: {
    id: {type: 'string'},
    folder: {type: 'string'},
    settings: {type: 'string'},
    'try-log': {type: 'string'},
    /** True if no leader by this name has run before. */
    new: {type: 'boolean'},
  },
});

if (values['try-log'] !== undefined) {
  await tryLog(values['try-log']);
  process.exit(0);
}

const {LEADERLAB_TOKEN: token = ''} = process.env;
const {id = '', folder = ''} = values;
const settings = leaderSettingsSchema.safeParse(tryParseJson(values.settings ?? ''));
if (token === '' || folder === '' || !settings.success) {
  process.stderr.write('this is how the lab starts a leader; by hand it is: leaderlab leader --help\n');
  process.exit(2);
}

// Signals that a terminal sends to all its processes are meant for the lab: leaders keep running while the
// lab is suspended.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU'] as const)
  process.on(signal, () => {});
const started = await runLeader({
  self: leaderId(id),
  token,
  takesModules: true,
  folder,
  port: 0,
  settings: settings.data,
  recovers: values.new !== true,
  peers: [],
});
if (!started.ok) {
  const line = `${JSON.stringify({ready: false, failure: started.failure})}\n`;
  await new Promise(resolve => process.stdout.write(line, resolve));
  process.exit(3);
}
const leader = started.value;
const end = (): void => {
  setTimeout(() => process.exit(1), END_LIMIT_MS).unref();
  void leader.close().finally(() => process.exit(0));
};
process.on('SIGTERM', end);
process.stdin.on('end', end);
process.stdin.on('error', end);
process.stdin.resume();
process.stdout.write(`${JSON.stringify({ready: true, port: leader.port})}\n`);

/**
 * Reads a log and exits. If damage kills this process by a signal, its parent knows that it must not read the
 * log.
 */
async function tryLog(path: string): Promise<void> {
  const opened = openLog(path);
  if (opened.ok) await opened.value.store.close();
}
