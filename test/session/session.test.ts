import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {ActionType} from '../../src/command/action.ts';
import {LineParser, parse} from '../../src/command/index.ts';
import {locateIn} from '../../src/files/custom-file.ts';
import type {Conflict} from '../../src/history/conflict.ts';
import type {ClusterView} from '../../src/port/view.ts';
import {showEntry} from '../../src/report/entry-document.ts';
import type {Guide} from '../../src/session/guide-port.ts';
import {inverseOf} from '../../src/session/inverse.ts';
import {createSession} from '../../src/session/session.ts';
import {AP, EU, LEADERS, US} from '../support/actions.ts';
import {ScriptedCluster} from '../support/scripted-cluster.ts';

let cluster: ScriptedCluster;
beforeEach(async () => {
  cluster = await ScriptedCluster.start(LEADERS);
});
afterEach(() => cluster.close());

function start(without: readonly ActionType[] = [], {folder = '.', loadsInBackground = false} = {}) {
  cluster.hide(without);
  const {clock} = cluster;
  const session = createSession(cluster, {locate: locateIn(folder), loadsInBackground});
  const runAll = async (...texts: string[]) => {
    for (const text of texts) {
      const entry = await session.run(text);
      if (entry.status !== 'ok') throw new Error(`${text}: ${JSON.stringify(entry)}`);
    }
  };
  const verdict = async (text: string) => {
    const {status, result} = await session.run(text);
    if (result?.type !== 'check') throw new Error(`${text} was not judged`);
    expect(status).toBe(result.holds ? 'ok' : 'fail');
    return result;
  };
  return {cluster, clock, session, runAll, verdict};
}

/** What `undo` restores: settings, processes, clocks and rules. Times and counters continue. */
function present({topology, resolver, forward, loopguard, delivery, ack, leaders, links}: ClusterView) {
  return {
    settings: {topology, resolver, forward, loopguard, delivery, ack},
    leaders: leaders.map(({id, status, cause, resolver, clockOffsetMs, driftPpm}) => ({
      ...{id, status, cause, resolver, clockOffsetMs, driftPpm},
    })),
    links: Object.fromEntries(links.map(({id, rule, faulty}) => [id, {rule, faulty}])),
  };
}

describe('a session', () => {
  test('sends a command without @ to the focused leader, and the first is focused at the start', async () => {
    const {session} = start();
    expect((await session.run('set a 1')).result).toMatchObject({
      writes: [{leader: 'us', dot: {origin: 'us', seq: 1}}],
    });
    await session.run('focus eu');
    expect(session.focused).toBe('eu');
    expect((await session.run('set a 2')).result).toMatchObject({writes: [{leader: 'eu'}]});
  });

  test('answers a text that is not a command with the caret, and changes nothing', async () => {
    const {cluster, session} = start();
    expect(await session.run('kill ua')).toMatchObject({status: 'fail', caret: 5, failure: {code: 'syntax'}});
    expect(cluster.executed).toEqual([]);
  });

  test('runs a parsed line, and refuses it as it refuses typed text if its leader has left', async () => {
    const {cluster, session, runAll} = start();
    const parser = new LineParser({leaders: LEADERS});
    const [write, kill] = ['  set a 1 @ap', 'kill ap'].map(line => {
      const parsed = parser.parse(line);
      if (!parsed.ok) throw new Error(parsed.failure.message);
      return parsed.command;
    });
    if (write === undefined || kill === undefined) throw new Error('no commands');
    expect(await session.run(write)).toMatchObject({text: 'set a 1 @ap', status: 'ok', action: write.action});
    expect(cluster.executed).toEqual([write.action]);
    await runAll('leave ap');
    const {ms: _, ...refused} = await session.run(kill);
    const {ms: __, ...typed} = await session.run('kill ap');
    expect(refused).toEqual(typed);
    expect(refused).toMatchObject({status: 'fail', caret: 5, failure: {message: 'no leader "ap"'}});
    await runAll('join ap');
    expect(await session.run(kill)).toMatchObject({status: 'ok', action: kill.action});
  });

  test('interprets the words of another system when the line runs', async () => {
    const {cluster, session, runAll} = start();
    const parsed = new LineParser({leaders: LEADERS}).parse('kill all');
    if (!parsed.ok) throw new Error(parsed.failure.message);
    await runAll('kill us');
    expect((await session.run(parsed.command)).text).toBe('kill eu ap');
    expect(cluster.executed.at(-1)).toEqual({type: 'kill', leaders: ['eu', 'ap']});
  });

  test('replaces all with the leaders to which the fault can apply at present', async () => {
    const {cluster, session, runAll} = start();
    await runAll('kill us', 'kill all');
    expect(cluster.executed.at(-1)).toEqual({type: 'kill', leaders: ['eu', 'ap']});
    expect(session.entries.at(-1)?.text).toBe('kill eu ap');
    await runAll('restart all');
    expect(cluster.executed.at(-1)).toEqual({type: 'restart', leaders: LEADERS});
  });

  test('runs one command at a time, in the order of the requests', async () => {
    const {cluster, session} = start();
    await Promise.all(['set a 1', 'focus eu', 'set a 2', 'get a @us'].map(text => session.run(text)));
    expect(session.entries.map(({text}) => text)).toEqual(['set a 1', 'focus eu', 'set a 2', 'get a @us']);
    expect(session.entries.at(-1)?.result).toMatchObject({values: {us: {type: 'value', value: 2}}});
    expect(cluster.executed.map(({type}) => type)).toEqual(['write', 'write', 'read']);
  });

  test('continues after an engine that broke', async () => {
    const {cluster, session} = start();
    const execute = cluster.execute.bind(cluster);
    cluster.execute = () => Promise.reject(new Error('broken'));
    await expect(session.run('set a 1')).rejects.toThrow('broken');
    cluster.execute = execute;
    expect((await session.run('set a 1')).status).toBe('ok');
  });

  test('keeps the newest 500 entries', async () => {
    const {session} = start();
    for (let n = 0; n < 503; n++) await session.run(`explain ${n + 1}`);
    expect(session.entries).toHaveLength(500);
    expect(session.entries[0]?.text).toBe('explain 4');
  });

  test('refuses what the engine cannot do, and says what it can do', async () => {
    const {cluster, session} = start(['pause', 'resume']);
    const {failure} = await session.run('pause us');
    expect(failure).toMatchObject({
      code: 'unsupported',
      message: 'the sim engine has no pause',
      hint: expect.stringContaining('kill'),
    });
    expect(failure?.hint).not.toContain('resume');
    expect(cluster.executed).toEqual([]);
  });

  test('names the engine that can carry out a command of virtual time', async () => {
    const {cluster, session} = start(['step', 'time']);
    cluster.engine = 'native';
    expect((await session.run('step 100ms')).failure).toMatchObject({
      code: 'unsupported',
      message: 'step 100ms is for virtual time, and leaders of the native engine live in real time',
      hint: 'start with --engine sim for virtual time',
    });
    expect((await session.run('pause')).failure?.hint).toBe(
      'name a leader, or start with --engine sim for virtual time',
    );
  });

  test('refuses commands of a guided lab by name if no lab is open', async () => {
    const {session} = start();
    for (const text of ['next', 'choose 2', 'hint', 'redo', 'keep'])
      expect((await session.run(text)).failure).toMatchObject({
        code: 'no-lab',
        message: `${text} is for a guided lab, and none is open here`,
      });
  });

  test(
    'passes them to the guide of a lab, which receives ' + 'every other command, and may restart the step',
    async () => {
      cluster.hide(['back']);
      const told: string[] = [];
      const guide: Guide = {
        async carryOut(action, by) {
          told.push(`carries out ${action.type}`);
          if (action.type !== 'redo') return {status: 'ok'};
          by.startOver();
          await by.runQuietly('set quiet 1');
          await by.run('set loud 1');
          return {status: 'ok'};
        },
        ended: ({text}) => void told.push(text),
      };
      const session = createSession(cluster, {locate: locateIn('.'), loadsInBackground: false, guide});
      for (const text of ['focus eu', 'kill ap', 'choose 2', 'back']) await session.run(text);
      expect(told).toEqual(['focus eu', 'kill ap', 'carries out choose', 'carries out redo', 'set loud 1']);
      expect(session.entries.map(({text}) => text)).toEqual([
        'focus eu',
        'kill ap',
        'choose 2',
        'set loud 1',
        'back',
      ]);
      expect([session.focused, session.undoable]).toEqual(['us', undefined]);
    },
  );

  test('judges the present state if the check must not wait', async () => {
    const {session, clock} = start();
    const parsed = parse('expect lost = 3', {leaders: LEADERS});
    if (!parsed.ok || parsed.value.type !== 'expect') throw new Error('no check');
    const before = clock.nowMs();
    expect(await session.judge(parsed.value.check, 0)).toMatchObject({holds: false, seen: '0'});
    expect(clock.nowMs()).toBe(before);
    expect(session.entries).toEqual([]);
  });

  test('focuses the first leader when the focused one leaves', async () => {
    const {session} = start();
    await session.run('focus eu');
    await session.run('leave eu');
    expect(session.focused).toBe('us');
    expect(await session.run('set a 1')).toMatchObject({status: 'ok'});
  });

  test('refuses concurrent commands if two writes are at the focused leader', async () => {
    const {cluster, session} = start();
    expect((await session.run('set a 1 || set a 2 @us')).failure).toMatchObject({
      code: 'same-leader',
      message: expect.stringContaining('us'),
    });
    expect((await session.run('set a 1 @us || set a 2 @eu')).status).toBe('ok');
    expect(cluster.executed).toHaveLength(1);
  });

  test('shows a write at a dead leader as failed and one at a paused leader as unknown', async () => {
    const {session, runAll} = start();
    await runAll('kill ap', 'pause eu');
    expect((await session.run('set a 1 @ap')).status).toBe('fail');
    expect((await session.run('set a 1 @eu')).status).toBe('info');
    expect((await session.run('set a 1 @all')).status).toBe('fail');
  });
});

describe('undo', () => {
  test.each([
    ['kill ap', 'restart ap'],
    ['pause eu ap', 'resume eu ap'],
    ['cut us-eu', 'restore us-eu'],
    ['cut us>eu', 'restore us>eu'],
    ['hold us-eu eu-ap', 'restore us-eu eu-ap'],
    ['partition us / eu ap', 'restore us-eu us-ap'],
    ['link us-eu latency 80ms', 'restore us-eu'],
    ['topology ring', 'topology mesh'],
    ['resolver siblings', 'resolver lww'],
  ])('of %s is %s, and leaves everything as it was', async (text, undoable) => {
    const {cluster, session, runAll} = start();
    const before = present(cluster.view());
    await runAll(text);
    expect(session.undoable).toBe(undoable);
    expect(present(cluster.view())).not.toEqual(before);
    await runAll('undo');
    expect(present(cluster.view())).toEqual(before);
    expect(session.undoable).toBeUndefined();
  });

  test.each([
    ['clock eu +500ms', 'clock eu +0ms'],
    ['clock us eu drift 1000ppm', 'clock us eu drift 0ppm'],
    ['resolver siblings @eu', undefined],
    ['forward all', 'forward own'],
    ['loopguard off', 'loopguard on'],
    ['delivery causal', 'delivery fifo'],
    ['ack quorum', 'ack local'],
    ['join sa', 'leave sa'],
  ])('of %s leaves everything as it was', async (text, undoable) => {
    const {cluster, session, runAll} = start();
    const before = present(cluster.view());
    await runAll(text);
    if (undoable !== undefined) expect(session.undoable).toBe(undoable);
    expect(present(cluster.view())).not.toEqual(before);
    await runAll('undo');
    expect(present(cluster.view())).toEqual(before);
    expect(session.undoable).toBeUndefined();
  });

  test('gives each leader the clock that it had', async () => {
    const {cluster, session, runAll} = start();
    await runAll('clock us +1s', 'clock eu -5s', 'clock eu drift 100ppm');
    const before = present(cluster.view());
    await runAll('clock us eu reset');
    expect(session.undoable).toBe('clock us +1s, clock eu -5s, clock eu drift 100ppm');
    await runAll('undo');
    expect(present(cluster.view())).toEqual(before);
  });

  test('restores the exceptions of a cluster whose resolver was switched', async () => {
    const {cluster, runAll} = start();
    await runAll('resolver siblings', 'resolver lww @ap');
    const before = present(cluster.view());
    await runAll('resolver crdt', 'undo');
    expect(present(cluster.view())).toEqual(before);
    await runAll('resolver crdt @us', 'undo');
    expect(present(cluster.view())).toEqual(before);
  });

  test('of a topology restores the forwarding', async () => {
    const {cluster, session, runAll} = start();
    await runAll('forward all');
    const before = present(cluster.view());
    await runAll('topology ring');
    expect(session.undoable).toBe('topology mesh');
    await runAll('undo');
    expect(present(cluster.view())).toEqual(before);
  });

  test('lets a leader that left join again', async () => {
    const {cluster, session, runAll} = start();
    await runAll('leave ap');
    expect(session.undoable).toBe('join ap');
    await runAll('undo');
    expect(cluster.view().leaders.map(({id}) => id)).toEqual(['us', 'eu', 'ap']);
  });

  test('restores the faults of a healed link', async () => {
    const {cluster, runAll} = start();
    await runAll('link us-eu latency 80ms', 'cut us-eu');
    const before = present(cluster.view());
    await runAll('heal', 'undo');
    expect(present(cluster.view())).toEqual(before);
  });

  test('reverts one fault at a time, the newest first', async () => {
    const {session, runAll} = start();
    await runAll('kill ap', 'cut us-eu', 'undo');
    expect(session.undoable).toBe('restart ap');
  });

  test('skips faults that the user has reverted', async () => {
    const {session, runAll} = start();
    await runAll('cut us-eu', 'kill ap', 'restart ap');
    expect(session.undoable).toBe('restore us-eu');
  });

  test('restarts only the leaders that its kill had killed', async () => {
    const {cluster, session, runAll} = start();
    await runAll('kill ap');
    expect(inverseOf({type: 'kill', leaders: [EU, AP]}, cluster.view())).toEqual([
      {type: 'restart', leaders: [EU]},
    ]);
    await runAll('restart ap', 'kill eu ap', 'restart ap');
    expect(session.undoable).toBe('restart eu');
  });

  test('ignores faults that failed, writes, and commands that only show something', async () => {
    const {session} = start();
    for (const text of ['resume eu', 'set a 1', 'state', 'resolver lww']) await session.run(text);
    expect(session.undoable).toBeUndefined();
    expect((await session.run('undo')).failure?.code).toBe('nothing-to-undo');
  });
});

describe('wait converged', () => {
  test('ends as soon as the leaders have converged', async () => {
    const {cluster, clock, session, runAll} = start();
    await runAll('hold us-eu us-ap', 'set a 1 @us');
    const startMs = clock.nowMs();
    cluster.onSleep = () => {
      if (clock.nowMs() >= startMs + 100) void cluster.execute({type: 'heal', links: 'all'}, EU);
    };
    const entry = await session.run('wait converged 10s');
    expect(entry).toMatchObject({status: 'ok', result: {type: 'waited'}});
    expect(entry.ms).toBeGreaterThanOrEqual(100);
    expect(entry.ms).toBeLessThan(200);
  });

  test('fails after its time limit, and says which leader lacks what', async () => {
    const {session, runAll} = start();
    await runAll('cut us-ap eu-ap', 'set a 1 @us', 'set b 1 @us', 'set c 1 @eu', 'set d 1 @ap');
    const {status, failure, ms} = await session.run('wait converged 2s');
    expect({status, ms}).toEqual({status: 'fail', ms: 2000});
    expect(failure?.message).toBe(
      'not converged within 2s: us lacks ap:1 (1 operation), eu lacks ap:1 (1 operation), ap lacks eu:1 ' +
        'us:1-2 (3 operations); ' +
        'ap:1 cannot reach us and eu: no way from ap leads there (ap>us and ap>eu are cut); ' +
        'eu:1 cannot reach ap: no way from eu leads there (eu>ap is cut); ' +
        'us:1-2 cannot reach ap: no way from us leads there (us>ap is cut); ' +
        '"a" reads us 1, eu 1, ap absent; "b" reads us 1, eu 1, ap absent; "c" reads us 1, eu 1, ap ' +
        'absent; and 1 more keys',
    );
  });

  test('ignores dead and paused leaders, but not a leader that is up and silent', async () => {
    const {cluster, session, runAll} = start();
    await runAll('kill ap', 'set a 1 @us', 'wait converged 1s', 'pause eu', 'wait converged 1s', 'resume eu');
    cluster.silent.add(EU);
    expect((await session.run('wait converged 1s')).failure?.message).toContain('eu does not answer');
  });

  test('fails if no leader is up', async () => {
    const {session, runAll} = start();
    await runAll('kill us eu ap');
    expect((await session.run('wait converged 1s')).failure?.message).toContain('no leader is up');
  });

  test('has an unknown result if it is interrupted', async () => {
    const {cluster, session, runAll} = start();
    await runAll('cut us-eu', 'set a 1 @us', 'cut eu-ap', 'set a 2 @us');
    cluster.onSleep = () => session.interrupt();
    expect(await session.run('wait converged 10s')).toMatchObject({
      status: 'info',
      failure: {code: 'interrupted'},
    });
    expect(await session.run('sleep 10s')).toMatchObject({status: 'info', ms: 0});
    expect(await session.run('expect converged within 10s')).toMatchObject({status: 'info'});
  });
});

describe('loads', () => {
  const entries = (session: ReturnType<typeof start>['session']) =>
    session.entries.map(({text, status}) => `${status} ${text}`);

  test('in the background let the next command run, and end with a separate entry', async () => {
    const {session, runAll} = start();
    await runAll('load 10/s for 1s &', 'set a 1');
    expect(entries(session)).toEqual(['ok load 10/s for 1s &', 'ok set a 1']);
    const waiting = session.run('wait load');
    expect((await waiting).result).toMatchObject({type: 'waited'});
    const ended = session.entries.find(({text}) => text === 'load 10/s for 1s ended');
    expect(ended).toMatchObject({
      status: 'ok',
      result: {type: 'loaded', load: {ok: 10}},
      ends: session.entries[0],
    });
  });

  test('are named as they were typed, without the & and for any spaces', async () => {
    const {session} = start();
    const begun = session.run(`load 10/s${' '.repeat(200_000)}for 1s &`);
    expect((await begun).result).toEqual({type: 'changed', summary: 'started'});
    await session.loadsEnded();
    expect(session.entries.at(-1)?.text.replace(/ +/g, ' ')).toBe('load 10/s for 1s ended');
  });

  test('of a user all run in the background', async () => {
    const {session, runAll} = start([], {loadsInBackground: true});
    await runAll('load 10/s for 1s', 'load 20/s for 1s', 'set a 1');
    await session.loadsEnded();
    expect(session.entries.filter(({ends}) => ends !== undefined)).toHaveLength(2);
  });

  test('of a script block it, and can be interrupted', async () => {
    const {cluster, session} = start();
    const [load, set] = [session.run('load 1000/s for 1m'), session.run('set a 1')];
    while (cluster.executed.length === 0) await Promise.resolve();
    expect(session.entries).toEqual([]);
    session.interrupt();
    const {status, result} = await load;
    expect([status, result?.type === 'loaded' && result.load.ok < result.load.planned]).toEqual([
      'info',
      true,
    ]);
    expect((await set).status).toBe('ok');
  });

  test(
    'in the background continue after the interruption of ' + 'a wait for them, and end with the next one',
    async () => {
      const {session, runAll} = start();
      await runAll('load 10/s for 1s &');
      const waiting = session.run('wait load');
      await Promise.resolve();
      await Promise.resolve();
      session.interrupt();
      expect(await waiting).toMatchObject({status: 'info', failure: {code: 'interrupted'}});
      expect(session.entries).toHaveLength(2);
      session.interrupt();
      await session.loadsEnded();
      expect(session.entries.at(-1)).toMatchObject({text: 'load 10/s for 1s ended', status: 'info'});
    },
  );

  test('that failed report the error in their entry', async () => {
    const {cluster, session, runAll} = start();
    cluster.execute = () => Promise.reject(new Error('broken'));
    await runAll('load 10/s for 1s &');
    await session.loadsEnded();
    expect(session.entries.at(-1)).toMatchObject({status: 'info', failure: {message: 'broken'}});
  });
});

describe('expect', () => {
  test('lag and messages-per-op fail if nothing was measured', async () => {
    const {cluster, runAll, verdict} = start();
    expect(await verdict('expect lag p99 < 200ms')).toMatchObject({
      holds: false,
      seen: expect.stringContaining('nothing was measured'),
    });
    expect(await verdict('expect messages-per-op < 3')).toMatchObject({
      seen: expect.stringContaining('nothing was measured'),
    });
    const counts = {accepted: 2, sent: 5, redundant: 1};
    cluster.over = {lag: {p50Ms: 40, p99Ms: 1200}, traffic: {lastSecond: counts, total: counts}};
    await runAll('expect lag p50 < 200ms', 'expect messages-per-op < 3', 'expect messages-per-op >= 2.5');
    expect(await verdict('expect lag p99 < 200ms')).toMatchObject({holds: false, seen: '1.2 s'});
    expect(await verdict('expect messages-per-op <= 2')).toMatchObject({holds: false, seen: '2.5'});
  });

  test(
    'conflicts counts concurrent conflicts, including reversed ones, but not those that are ' +
      'only reversed or stale',
    async () => {
      const {cluster, session, runAll} = start();
      await runAll('set a 1 @us || set a 2 @eu');
      const [conflict] = cluster.view().conflicts;
      if (conflict === undefined) throw new Error('no conflict');
      const [sides, instead] = [conflict.sides.slice(0, 1), conflict.sides.slice(1)];
      const reversed: Conflict = {...conflict, relation: 'reversed'};
      const alone: Conflict = {...reversed, sides, instead};
      cluster.over = {
        conflicts: [
          {...reversed, id: 1},
          {...alone, id: 2},
          {...alone, id: 3, relation: 'stale'},
        ],
      };
      await runAll('expect conflicts a = 1');
      expect((await session.run('conflicts relation=concurrent')).result).toMatchObject({
        conflicts: [{id: 1}],
      });
      expect((await session.run('conflicts relation=reversed')).result).toMatchObject({
        conflicts: [{id: 1}, {id: 2}],
      });
    },
  );

  test('get holds if every requested leader reads that value', async () => {
    const {runAll} = start();
    await runAll(
      'set a {"x":1,"y":2} @eu',
      'expect get a @all = {"y": 2, "x": 1}',
      'expect get b = absent',
      'del a',
      'expect get a @eu = absent',
    );
  });

  test('get reports what was seen, at which leader, and which conflict explains it', async () => {
    const {runAll, verdict} = start();
    await runAll('set title A @us || set title B @eu');
    expect(await verdict('expect get title @all = B')).toEqual({
      type: 'check',
      holds: false,
      expected: 'get title @all = B',
      seen: '"A"',
      at: 'us',
      why: expect.stringContaining('conflict 1: us:1 wins'),
    });
  });

  test('get of a text does not hold for a number, and absent does not hold for the text', async () => {
    const {runAll, verdict} = start();
    await runAll('set n 1', 'set t "absent"');
    expect(await verdict('expect get n = "1"')).toMatchObject({holds: false, seen: '1'});
    expect(await verdict('expect get t = absent')).toMatchObject({holds: false, seen: '"absent"'});
  });

  test('get fails at a dead leader', async () => {
    const {runAll, verdict} = start();
    await runAll('set n 1', 'kill ap');
    expect(await verdict('expect get n @all = 1')).toMatchObject({holds: false, at: 'ap', seen: 'down'});
  });

  test('siblings counts what a reader sees', async () => {
    const {runAll, verdict} = start();
    await runAll(
      'set a 1 @us || set a 2 @eu',
      'expect siblings a = 1',
      'resolver siblings',
      'expect siblings a @all = 2',
      'expect siblings b = 0',
    );
    expect(await verdict('expect siblings a < 2')).toMatchObject({seen: '2: 2 | 1'});
  });

  test('converged and diverged are opposites, and are about all live leaders', async () => {
    const {runAll, verdict} = start();
    await runAll(
      'set a 1',
      'expect converged',
      'cut us-ap eu-ap',
      'set a 2',
      'expect diverged',
      'expect diverged a',
    );
    expect(await verdict('expect converged within 5s')).toMatchObject({
      holds: false,
      seen: expect.stringContaining('ap lacks us:2'),
    });
    expect(await verdict('expect diverged b')).toMatchObject({
      holds: false,
      seen: 'us absent, eu absent, ap absent',
    });
    await runAll('kill ap', 'expect converged');
    expect(await verdict('expect diverged')).toMatchObject({holds: false});
  });

  test('conflicts and lost count by key and in total', async () => {
    const {runAll, verdict} = start();
    await runAll(
      'expect conflicts = 0',
      'set a 1 @us || set a 2 @eu || set a 3 @ap',
      'set b 1 @us || set b 2 @eu',
    );
    await runAll(
      'expect conflicts = 2',
      'expect conflicts a = 1',
      'expect conflicts c = 0',
      'expect lost = 3',
      'expect lost a = 2',
    );
    expect(await verdict('expect lost = 0')).toMatchObject({
      holds: false,
      seen: '3',
      why: expect.stringContaining('conflict 2 on "b"'),
    });
  });

  test('up and down fail for a paused leader', async () => {
    const {runAll, verdict} = start();
    await runAll('kill ap', 'pause eu', 'expect up us', 'expect down ap');
    expect(await verdict('expect down eu')).toMatchObject({holds: false, seen: 'paused', at: 'eu'});
    expect(await verdict('expect up eu')).toMatchObject({holds: false, why: 'paused'});
  });

  test('outcome is about the last command that was not a check', async () => {
    const {session, runAll, verdict} = start();
    expect(await verdict('expect outcome ok')).toMatchObject({holds: false, seen: 'no earlier command'});
    await runAll('kill ap', 'expect outcome ok');
    await session.run('set a 1 @ap');
    await runAll('expect outcome fail', 'expect down ap', 'expect outcome fail');
    expect(await verdict('expect outcome info')).toMatchObject({holds: false, seen: 'fail'});
  });
});

describe('commands that only show something', () => {
  /** A cluster whose view is stale until it measures the leaders. */
  function startBehind() {
    const {cluster, session, runAll} = start();
    const {leaders: atFirst} = cluster.view();
    const measure = cluster.measure.bind(cluster);
    cluster.measure = async () => {
      cluster.over = {};
      return measure();
    };
    const fallBehind = () => {
      cluster.over = {leaders: atFirst, conflicts: []};
    };
    return {session, runAll, fallBehind};
  }

  test('ask the leaders first, so that they show at least what was acknowledged', async () => {
    const {session, runAll, fallBehind} = startBehind();
    await runAll('set a 1 @us || set a 2 @eu', 'set b 1 @us');
    fallBehind();
    expect((await session.run('state')).result).toMatchObject({
      leaders: [{id: 'us', vv: {us: 2, eu: 1}, opCount: 3}, {}, {}],
    });
    fallBehind();
    expect((await session.run('conflicts')).result).toMatchObject({conflicts: [{key: 'a'}]});
    fallBehind();
    expect((await session.run('explain 1')).result).toMatchObject({conflict: {key: 'a'}});
    fallBehind();
    expect((await session.run('expect get a @us = 2')).result).toMatchObject({
      why: expect.stringContaining('conflict 1'),
    });
  });

  test('conflicts and explain show the conflict log', async () => {
    const {session, runAll} = start();
    await runAll('set a 1 @us || set a 2 @eu');
    expect((await session.run('explain 99')).failure?.message).toBe('no conflict 99; there is only #1');
    await runAll('set b 1 @us || del b @eu');
    expect((await session.run('conflicts b')).result).toMatchObject({conflicts: [{id: 2, kind: 'set/del'}]});
    expect((await session.run('explain 1')).result).toMatchObject({conflict: {key: 'a'}});
    expect((await session.run('explain 3')).failure?.message).toBe('no conflict 3; there are #1 to #2');
  });

  test('diff shows only the keys that live leaders read differently', async () => {
    const {session, runAll} = start();
    await runAll('set same 1', 'cut us-ap eu-ap', 'set other 2', 'kill eu');
    expect((await session.run('diff')).result).toEqual({
      type: 'diff',
      keys: [{key: 'other', readings: {us: {type: 'value', value: 2}, ap: {type: 'absent'}}}],
    });
  });

  test('diff of two leaders ignores the third, and names a leader that cannot answer', async () => {
    const {session, runAll} = start();
    await runAll('cut us-ap eu-ap', 'set a 1');
    expect((await session.run('diff us eu')).result).toMatchObject({keys: []});
    expect((await session.run('diff us ap')).result).toMatchObject({
      keys: [{key: 'a', readings: {us: {value: 1}}}],
    });
    await runAll('kill eu');
    expect((await session.run('diff us eu')).failure?.message).toContain('eu is down');
  });

  test('conflicts are filtered by every part of an entry', async () => {
    const {session, runAll} = start();
    await runAll('set a 1 @us || set a 2 @eu', 'set b 1 @us || del b @ap');
    const ids = async (text: string) => {
      const {result} = await session.run(text);
      return result?.type === 'conflicts' ? result.conflicts.map(({id}) => id) : undefined;
    };
    expect(await ids('conflicts')).toEqual([1, 2]);
    expect(await ids('conflicts b')).toEqual([2]);
    expect(await ids('conflicts leader=eu')).toEqual([1]);
    expect(await ids('conflicts kind=set/set')).toEqual([1]);
    expect(await ids('conflicts lost')).toEqual([1, 2]);
    expect(await ids('conflicts relation=reversed')).toEqual([]);
    expect(await ids('conflicts a leader=ap')).toEqual([]);
    await runAll('resolver siblings');
    expect(await ids('conflicts lost')).toEqual([]);
  });

  async function storyOf(session: ReturnType<typeof start>['session'], id = 1) {
    const {result} = await session.run(`explain ${id}`);
    if (result?.type !== 'explained') throw new Error('not explained');
    return result;
  }

  test('explain shows the story in the order in which it happened', async () => {
    const {session, runAll} = start();
    await runAll('clock us +500ms', 'hold us-eu us-ap eu-ap', 'set title A @us', 'set title B @eu', 'heal');
    const {story, comparison} = await storyOf(session);
    expect(story.map(({what, text}) => `${what}: ${text}`)).toEqual([
      // By its clock, which is ahead, us wrote later; by true time it was first.
      expect.stringMatching(
        /^wrote: us wrote us:1: set "A"\. .*:01\.500 \(it was 500 ms ahead\), .*us had not seen eu:1\./,
      ),
      expect.stringMatching(
        /^wrote: eu wrote eu:1: set "B"\. .*:01\.001, .*eu had not seen us:1\. Its client received the ack/,
      ),
      "clocks: At us:1 us's clock was 500 ms ahead and at eu:1 eu's clock was right: these clocks " +
        'differed by 500 ms.',
      'reported: eu reported the conflict to the lab first.',
      'reported: ap reported the conflict to the lab together with eu.',
      'reported: us reported the conflict to the lab together with eu.',
      expect.stringMatching(
        /^decided: lww decided at eu, ap and us: us:1 wins: .* A reader there sees "A"\.$/,
      ),
      expect.stringMatching(/^lost: eu:1 \(set "B"\) was acknowledged and is lost/),
    ]);
    expect(comparison?.resolvers.find(({name}) => name === 'siblings')).toMatchObject({
      lost: [],
      inUse: false,
    });
  });

  test('a change of a clock does not change the story of earlier writes', async () => {
    const {session, runAll} = start();
    await runAll('set a 1 @us || set a 2 @eu');
    const before = await storyOf(session);
    expect(before.story.map(({what}) => what)).not.toContain('clocks');
    for (const text of ['clock eu -5s', 'clock us +2s', 'clock us drift 100000ppm', 'clock us eu reset']) {
      await runAll(text);
      expect((await storyOf(session)).story).toEqual(before.story);
    }
    await runAll('clock eu -5s', 'set b 1 @us || set b 2 @eu');
    const skewed = await storyOf(session, 2);
    expect(skewed.story[0]?.text).toContain('(it was 5 s behind)');
    await runAll('clock eu reset');
    expect((await storyOf(session, 2)).story).toEqual(skewed.story);
  });

  test('why shows how the present value came to be, at that leader', async () => {
    const {session, runAll} = start();
    await runAll('set a 1', 'set a 2 @us || set a 3 @eu', 'resolver siblings', 'set a 23 @ap');
    const told = async (text: string) => {
      const {result, failure} = await session.run(text);
      return result?.type === 'why'
        ? result.story.map(line => `${line.what}: ${line.text}`)
        : failure?.message;
    };
    expect(await told('why a @eu')).toEqual([
      'wrote: us wrote us:1: set a 1. It had seen no other write.',
      'wrote: eu wrote eu:1: set a 3. It had seen us:1.',
      'wrote: us wrote us:2: set a 2. It had seen us:1, and had not received eu:1.',
      'merged: ap wrote ap:1: set a 23. It had seen eu:1 and us:2.',
      'decided: So a reader at eu now sees 23.',
    ]);
    expect(await told('why none')).toBe('"none" does not exist at us: it has no write to it');
    for (let n = 0; n < 30; n++) await runAll(`set long ${n}`);
    const long = await told('why long');
    expect([long?.length, long?.[0]]).toEqual([22, 'wrote: 10 earlier writes came before these.']);
    await runAll('kill eu');
    expect(await told('why a @eu')).toBe('eu does not answer: it is down');
  });

  test(
    'why shows what writers had seen, which no resolver changes, and ends with the decision ' +
      'of the present resolver',
    async () => {
      const {session, runAll} = start();
      await runAll('clock us -1s', 'incr n 1 @us || incr n 5 @eu', 'incr n 1 @us');
      const told = async () => {
        const {result} = await session.run('why n @us');
        return result?.type === 'why' ? result.story.map(line => `${line.what}: ${line.text}`) : [];
      };
      const written = [
        'wrote: us wrote us:1: incr n 1. It had seen no other write. That made it 1 there.',
        'wrote: eu wrote eu:1: incr n 5. It had seen no other write, and had not received us:1. That made ' +
          'it 5 there.',
        'wrote: us wrote us:2: incr n 1. It had seen eu:1, and was not shown us:1, although us had it. ' +
          'That made it 6 there.',
      ];
      expect(await told()).toEqual([
        ...written,
        expect.stringMatching(/^decided: lww decides now: eu:1 wins: .*, although us:2 had seen it\.$/),
        'lost: No reader at us gets us:1 and us:2, and no write that had seen them replaced them.',
        'decided: So a reader at us now sees 5.',
      ]);
      await runAll('resolver fww');
      expect(await told()).toEqual([
        ...written,
        'decided: fww decides now: us:2 is the only write that no other had seen.',
        'lost: No reader at us gets us:1, and no write that had seen it replaced it.',
        'decided: So a reader at us now sees 6.',
      ]);
      await runAll('resolver revision');
      expect(await told()).toContain(
        'lost: Only a reader at us who asks for conflicts gets us:1, ' +
          'and no write that had seen it replaced it.',
      );
      await runAll('resolver crdt');
      expect(await told()).toEqual([
        ...written,
        'decided: crdt decides now: 3 increments add up to 7.',
        'decided: So a reader at us now sees 7.',
      ]);
    },
  );

  test('compare ignores dead leaders, and fails if no leader is live', async () => {
    const {session, runAll} = start();
    await runAll('set a 1 @us || set a 2 @eu', 'kill ap');
    const {result} = await session.run('compare a');
    if (result?.type !== 'compared') throw new Error('not compared');
    const kept = result.comparison.resolvers.find(({name}) => name === 'keep-local');
    expect(Object.keys(kept?.byLeader ?? {})).toEqual(['us', 'eu']);
    await runAll('kill us eu');
    expect((await session.run('compare a')).failure?.message).toBe('no leader is up');
  });

  test('compare of custom shows the readings of the leaders that use it', async () => {
    const {cluster, session, runAll} = start();
    await runAll('set a 1 @us || set a 2 @eu');
    const custom = {name: 'custom', file: '/merge.mjs'} as const;
    const {leaders} = cluster.view();
    cluster.over = {
      leaders: leaders.map(leader => (leader.id === EU ? {...leader, resolver: custom} : leader)),
    };
    const {result} = await session.run('compare a');
    if (result?.type !== 'compared') throw new Error('not compared');
    expect(result.comparison.resolvers.filter(({inUse}) => inUse).map(({name}) => name)).toEqual([
      'lww',
      'custom',
    ]);
    expect(cluster.executed.filter(({type}) => type === 'read')).toEqual([
      {type: 'read', key: 'a', at: {type: 'leaders', leaders: ['eu']}},
    ]);
  });

  test(
    'explain shows what servers logged about that ' + 'conflict, whatever our resolvers would decide',
    async () => {
      const {cluster, session, runAll} = start();
      await runAll('set a 1 @us || set a 2 @eu');
      const [conflict] = cluster.view().conflicts;
      if (conflict === undefined) throw new Error('no conflict');
      const [us] = LEADERS;
      const shows = {type: 'value', value: 2} as const;
      const decision = {
        resolver: 'lww',
        shows,
        learnedAtMs: 0,
        atMs: 0,
        lost: [{origin: US, seq: 1}],
        why: 'eu:1 is in the table',
      } as const;
      const decisions = Object.fromEntries(LEADERS.map(id => [id, decision]));
      cluster.over = {conflicts: [{...conflict, decisions}]};
      const used = async () => {
        const {result} = await session.run('explain 1');
        const comparison = result?.type === 'explained' ? result.comparison : undefined;
        return comparison?.resolvers.filter(({inUse}) => inUse);
      };
      expect(await used()).toMatchObject([{name: 'lww', reading: {value: 1}}]);
      Object.assign(cluster, {
        serverReadings: () => ({
          [us ?? '']: {reading: {type: 'value', value: 9}, lost: [], why: 'it is of later'},
        }),
      });
      expect(await used()).toMatchObject([
        {name: 'lww', isServers: true, reading: {value: 2}, lost: [{origin: US, seq: 1}]},
      ]);
    },
  );

  test('resolver custom with a missing file changes nothing, and names the absolute path', async () => {
    const {cluster, session} = start([], {folder: '/nowhere'});
    expect((await session.run('resolver custom ./merge.mjs')).failure?.message).toBe(
      '/nowhere/merge.mjs: there is no such file',
    );
    expect(cluster.executed).toEqual([]);
  });

  test('lag is a matrix with the traffic below it', async () => {
    const {cluster, session} = start();
    const [us, eu] = LEADERS;
    if (us === undefined || eu === undefined) throw new Error('no leaders');
    const counts = {accepted: 2, sent: 5, redundant: 1};
    cluster.over = {
      lags: [{origin: us, leader: eu, p50Ms: 45.4, p99Ms: 93, count: 31, hops: 1, recentMs: []}],
      traffic: {lastSecond: {accepted: 0, sent: 0, redundant: 0}, total: counts},
    };
    expect(showEntry(await session.run('lag'))).toEqual([
      '✔ lag',
      '    lag of the last 10 s, p50 / p99',
      '    from\\to  us             eu',
      '    us        ·  45 ms / 93 ms',
      '    eu        —              ·',
      '',
      '    links travelled on average / operations',
      '    from\\to  us      eu',
      '    us        ·  1 / 31',
      '    eu        —       ·',
      '',
      '    operations     accepted  sent  redundant  sent per op',
      '    last second           0     0          0            —',
      '    this topology         2     5          1          2.5',
    ]);
  });

  test('nothing that is shown contains a control character', async () => {
    const {session} = start();
    const hostile = '\u001b[2J\u009b\u202e\u0007';
    const texts = [
      `set ${JSON.stringify(hostile)} ${JSON.stringify(hostile)} @us || set ${JSON.stringify(hostile)} ` +
        `{"${hostile.slice(1, 3)}":1} @eu`,
      ...[
        'resolver siblings',
        `get '${hostile}' @all`,
        'keys @all',
        'log us',
        'conflicts',
        'explain 1',
        'state',
        'diff',
        'lag',
        'help',
      ],
      ...['conflicts --csv', 'conflicts --jsonl', `compare '${hostile}'`, `why '${hostile}'`],
      `expect get '${hostile}' = '${hostile}'`,
      `${hostile} us`,
      `get '${hostile}`,
    ];
    for (const text of texts) {
      for (const line of showEntry(await session.run(text)))
        expect(line).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    }
  });
});
