/**
 * The process that carries every link of one lab.
 *
 * It takes the lab's token from the environment and prints `{"ready":true,"port":N}` as its only line. It
 * ends when its standard input ends: when the lab closes it, or dies, even by SIGKILL. The lab handles Ctrl-C
 * in the terminal.
 */
import {ProxyServer} from './control-server.ts';

async function main(): Promise<void> {
  const token = process.env.LEADERLAB_TOKEN;
  if (token === undefined || token === '') {
    process.stderr.write(
      'leaderlab proxy: LEADERLAB_TOKEN is not set; ' +
        'the lab starts this process, it is not for use by hand\n',
    );
    process.exit(2);
  }
  // A terminal sends these signals to all its processes, but only the lab acts on them. Links keep running
  // while the lab is suspended.
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU'] as const)
    process.on(signal, () => {});
  process.on('SIGTERM', () => process.exit(0));
  process.stdin.on('end', () => process.exit(0));
  process.stdin.on('error', () => process.exit(0));
  process.stdin.resume();
  const port = await new ProxyServer(token).listen();
  process.stdout.write(`${JSON.stringify({ready: true, port})}\n`);
}

await main();
