/**
 * The process that carries all links of a cluster.
 */
import {type Result, succeed} from '../../base/failure.ts';
import type {LinkId} from '../../base/ids.ts';
import {ProxyClient} from '../../proxy/client.ts';
import type {LinkTraffic} from '../../proxy/control.ts';
import {type Child, startChild} from './child.ts';
import type {Programs} from './programs.ts';

/** What it tells. */
export interface ProxyListener {
  heardLinks(traffic: {readonly [link: LinkId]: LinkTraffic}): void;
  heardProxyEnd(reason: string): void;
}

export interface ProxyParts {
  readonly proxyProcess: Child;
  readonly proxy: ProxyClient;
}

export async function startProxy(
  programs: Programs,
  token: string,
  listener: () => ProxyListener | undefined,
): Promise<Result<ProxyParts>> {
  const child = await startChild(programs.proxy, [], token);
  if (!child.ok) return child;
  const proxy = await ProxyClient.open({
    port: child.value.port,
    token,
    onTraffic: traffic => listener()?.heardLinks(traffic),
    onClosed: reason => listener()?.heardProxyEnd(reason),
  });
  if (proxy.ok) return succeed({proxyProcess: child.value, proxy: proxy.value});
  child.value.kill('SIGKILL');
  return proxy;
}

const STOP_LIMIT_MS = 1000;

/** In order, if it takes no longer than that. */
export async function stopProxy({proxy, proxyProcess}: ProxyParts): Promise<void> {
  proxy.close();
  proxyProcess.end();
  const force = setTimeout(() => proxyProcess.kill('SIGKILL'), STOP_LIMIT_MS);
  await proxyProcess.ended;
  clearTimeout(force);
}
