/**
 * `leaderlab start`: starts a cluster, a session and the screen, and ends them in order.
 */
import {type Failure, fail, type Result, succeed} from '../base/failure.ts';
import {LineParser, type ParsedCommand, underline} from '../command/index.ts';
import {locateIn} from '../files/custom-file.ts';
import {createSession} from '../session/session.ts';
import type {Session} from '../session/session-result.ts';
import {endInOrder} from './ending.ts';
import {search} from './fuzz-search.ts';
import {leadersFor, type StartOptions, startCluster} from './open-cluster.ts';
import {openHistory} from './prompt-history.ts';
import {untilScreenEnds} from './screen-lifetime.ts';

/** Runs until the person leaves. The failure says why the lab could not start, or broke. */
export async function startScreen(
  options: StartOptions,
  lines: readonly string[],
): Promise<Failure | undefined> {
  const commands = parseAll(lines, options);
  if (!commands.ok) return commands.failure;
  const ending = endInOrder();
  // Loading the screen takes as long as starting the leaders, so both at once.
  const loading = import('../tui/main.tsx');
  const started = await startCluster(options);
  if (!started.ok) return started.failure;
  const {cluster, ready} = started.value;
  const {runTui} = await loading;
  const history = openHistory();
  const session = createSession(cluster, {
    locate: locateIn(process.cwd()),
    loadsInBackground: true,
    search,
  });
  return untilScreenEnds({
    ending,
    runTui,
    options: {cluster, session, keepsData: options.data !== undefined, history},
    ready,
    onReady: () => void runAll(session, commands.value),
    close: () => cluster.close(),
  });
}

async function runAll(session: Session, commands: readonly ParsedCommand[]): Promise<void> {
  for (const command of commands) await session.run(command);
}

/** The commands of `--exec`, parsed before anything starts. */
function parseAll(lines: readonly string[], options: StartOptions): Result<readonly ParsedCommand[]> {
  const leaders = leadersFor(options);
  if (!leaders.ok) return leaders;
  const parser = new LineParser({leaders: leaders.value});
  const commands: ParsedCommand[] = [];
  for (const line of lines) {
    const parsed = parser.parse(line);
    if (!parsed.ok)
      return fail(
        'syntax',
        `--exec is not a command:\n${underline(line, parsed.caret, parsed.failure).join('\n')}`,
      );
    commands.push(parsed.command);
  }
  return succeed(commands);
}
