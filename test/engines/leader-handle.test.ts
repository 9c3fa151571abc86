/**
 * A leader that counts as up answers. In these tests stubs of leaders break the connection to the lab and
 * keep running.
 */
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, expect, it} from 'vitest';
import {leaderId} from '../../src/base/ids.ts';
import {LeaderHandle} from '../../src/engines/native/leader-handle.ts';
import type {LeaderSettings} from '../../src/wire/leader-control.ts';
import {sharedFolder} from '../support/folder.ts';
import {waitFor} from '../support/wait.ts';

let folder: string;
let handle: LeaderHandle | undefined;
afterEach(() => handle?.kill());

/** `onRequest`: JavaScript that the stub runs at the first request. */
function standIn(onRequest: string): LeaderHandle {
  folder = sharedFolder('leader-handle-');
  const program = join(folder, 'stand-in.mjs');
  writeFileSync(
    program,
    `import {writeFileSync} from 'node:fs';
     import {createServer} from 'node:net';
     writeFileSync(${JSON.stringify(join(folder, 'pid'))}, String(process.pid));
     process.stdin.on('end', () => process.exit()).resume();
     const frame = body => {
       const payload = Buffer.from(JSON.stringify(body));
       const head = Buffer.alloc(5);
       head.writeUInt32BE(payload.length + 1);
       head[4] = 1;
       return Buffer.concat([head, payload]);
     };
     const server = createServer(socket => socket.on('data', data => {
       const id = /"id":(\\d+)/.exec(data)?.[1];
       if (id !== undefined) { ${onRequest} }
     }).on('error', () => {}));
     server.listen(0, '127.0.0.1', () => {
       console.log(JSON.stringify({ready: true, port: server.address().port}));
     });`,
  );
  handle = new LeaderHandle({
    id: leaderId('us'),
    program,
    folder,
    token: 'secret',
    onNews: () => {},
    onStatus: () => {},
  });
  return handle;
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it('a leader whose connection is lost is soon reported as down', async () => {
  const leader = standIn(
    'socket.write(frame({id: Number(id), ok: true, result: null})); setTimeout(() => socket.destroy(), 100);',
  );
  expect(await leader.start({} as LeaderSettings)).toMatchObject({ok: true});
  expect(leader.state.status).toBe('up');
  await waitFor('it is down', () => leader.state.status === 'down');
});

it('a leader that refuses the lab when it starts is ended', async () => {
  const leader = standIn('socket.destroy();');
  expect(await leader.start({} as LeaderSettings)).toMatchObject({ok: false});
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
  await waitFor('its process is gone', () => !isAlive(pid));
});
