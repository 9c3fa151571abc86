/**
 * `leaderlab leader`: one leader run by hand, without a lab. Other leaders and clients need its token.
 */
import {type Command, InvalidArgumentError, Option} from 'commander';
import {endInOrder} from '../app/ending.ts';
import {isLeaderId, type LeaderId} from '../base/ids.ts';
import {printable} from '../base/printable.ts';
import {LEADER_NAME_HINT, REGIONS} from '../command/grammar/leader-names.ts';
import {parseFile, parseNumber, parsePath} from './arguments.ts';
import {leaderToken} from './leader-token.ts';
import {quit} from './quit.ts';
import {resolverOf, resolverOption} from './setting-flags.ts';

interface Peer {
  readonly leader: LeaderId;
  readonly port: number;
}

interface LeaderFlags {
  readonly data: string;
  readonly port: number;
  readonly peer: readonly Peer[];
  readonly tokenFile?: string;
  readonly resolver?: string;
}

export function addLeader(program: Command): void {
  program
    .command('leader')
    .argument('<name>', 'its name: us, eu, ap, …')
    .description('run one leader by hand')
    .addOption(new Option('--data <dir>', 'the folder of its log').argParser(parsePath).makeOptionMandatory())
    .addOption(
      new Option('--port <port>', 'where it listens, on this machine only; 0 = the system chooses')
        .argParser(parseNumber(0, 65535))
        .default(0),
    )
    .addOption(
      new Option('--peer <name=port>', 'a leader that it sends to; may be given again')
        .argParser(parsePeer)
        .default([], 'none'),
    )
    .addOption(
      new Option(
        '--token-file <file>',
        'the file with the token of this leader and its peers; created if missing (default: ' +
          'LEADERLAB_TOKEN, or a random token)',
      ).argParser(parseFile),
    )
    .addOption(resolverOption())
    .addHelpText(
      'after',
      '\nExamples:\n  leaderlab leader us --data ./us --port 7001 --peer eu=7002 --token-file ./token\n ' +
        ' leaderlab leader eu --data ./eu --port 7002 --peer us=7001 --token-file ./token',
    )
    .action(leader);
}

function parsePeer(text: string, before: readonly Peer[] = []): readonly Peer[] {
  const [name = '', port = '', ...rest] = text.split('=');
  if (!isLeaderId(name) || port === '' || rest.length > 0)
    throw new InvalidArgumentError('write it as eu=7002.');
  return [...before, {leader: name, port: parseNumber(1, 65535)(port)}];
}

async function leader(id: string, flags: LeaderFlags): Promise<void> {
  const {runLeader} = await import('../leader/run-leader.ts');
  if (!isLeaderId(id))
    quit({code: 'syntax', message: `"${printable(id)}" is not a name for a leader`, hint: LEADER_NAME_HINT});
  const token = leaderToken(flags.tokenFile, process.env);
  if (!token.ok) quit(token.failure);
  const members = [id, ...flags.peer.map(peer => peer.leader)];
  const {deadlyDamage} = await import('./try-log.ts');
  const damaged = deadlyDamage(flags.data);
  if (damaged !== undefined) quit(damaged);
  const started = await runLeader({
    self: id,
    token: token.value.token,
    takesModules: false,
    folder: flags.data,
    port: flags.port,
    settings: {
      // The order of `priority` may name leaders that only send to this one.
      resolver: resolverOf(flags.resolver, [...new Set([...members, ...REGIONS])]) ?? {name: 'lww'},
      delivery: 'fifo',
      ack: 'local',
      loopguard: true,
      members,
      clock: {offsetMs: 0, driftPpm: 0, sinceMs: 0},
    },
    recovers: true,
    peers: flags.peer.map(peer => ({...peer, forward: 'all' as const})),
  });
  if (!started.ok) quit(started.failure);
  const ending = endInOrder();
  console.log(`leader ${id} listens on 127.0.0.1:${started.value.port}, ${token.value.notice}`);
  await ending.begun;
  await started.value.close();
  process.exit();
}
