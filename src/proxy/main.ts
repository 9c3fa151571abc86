/**
 * The process that carries every link of one lab.
 *
 * It takes the lab's token from the environment, prints `{"ready":true,"port":N}` as its only line, and lives
 * as long as its standard input: that ends when whoever started it closes it or dies, by SIGKILL too. Ctrl-C
 * in the terminal is the lab's business.
 */
import {ProxyServer} from './control-server.ts';

async function main(): Promise<void> {
  const token = process.env.LEADERLAB_TOKEN;
  if (token === undefined || token === '') {
    process.stderr.write(
      'leaderlab proxy: LEADERLAB_TOKEN is not set; the lab starts this process, it is not for use by hand\n',
    );
    process.exit(2);
  }
  // Signals that a terminal sends to all its processes are meant for the lab: links keep running while the
  // lab is suspended.
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
