/**
 * `leaderlab start`: a cluster, a session and the screen, and the order in which they begin and end.
 */
import {type Failure, fail} from '../base/failure.ts';
import {parse, rosterAfter, rosterOf, underline} from '../command/index.ts';
import {createSession} from '../session/session.ts';
import type {Session} from '../session/session-result.ts';
import {charset} from './charset.ts';
import {endInOrder} from './ending.ts';
import {search} from './fuzz-search.ts';
import {leadersFor, type StartOptions, startCluster} from './open-cluster.ts';
import {openHistory} from './prompt-history.ts';

/** Until the person leaves. The failure says why the lab could not begin, or broke. */
export async function startScreen(
  options: StartOptions,
  commands: readonly string[],
): Promise<Failure | undefined> {
  const wrong = firstWrong(options, commands);
  if (wrong) return wrong;
  const ending = endInOrder();
  // Loading the screen takes as long as starting the leaders, so both at once.
  const loading = import('../tui/main.tsx');
  const started = await startCluster(options);
  if (!started.ok) return started.failure;
  const {cluster, ready} = started.value;
  const {runTui} = await loading;
  const history = openHistory();
  const session = createSession(cluster, {folder: process.cwd(), loadsInBackground: true, search});
  let failure: Failure | undefined;
  const over = new Promise<void>(resolve => {
    void ready.then(result => {
      if (result.ok) return runAll(session, commands);
      if (!ending.signal.aborted) failure = result.failure;
      return resolve();
    });
    void ending.begun.then(resolve);
  });
  try {
    if (!ending.signal.aborted)
      await runTui({
        cluster,
        session,
        keepsData: options.data !== undefined,
        history,
        isAscii: !charset().isUnicode,
        over,
        end: ending.begin,
      });
  } finally {
    ending.begin('quit');
    session.interrupt();
    await cluster.close();
  }
  return failure;
}

async function runAll(session: Session, commands: readonly string[]): Promise<void> {
  for (const command of commands) await session.run(command);
}

/** Commands are checked before anything starts. */
function firstWrong(options: StartOptions, commands: readonly string[]): Failure | undefined {
  const leaders = leadersFor(options);
  if (!leaders.ok) return leaders.failure;
  let roster = rosterOf(leaders.value);
  for (const command of commands) {
    const parsed = parse(command, {leaders: roster.leaders});
    if (!parsed.ok)
      return fail(
        'syntax',
        `--exec is no command:\n${underline(command, parsed.caret, parsed.failure).join('\n')}`,
      ).failure;
    roster = rosterAfter(roster, parsed.value);
  }
  return undefined;
}
