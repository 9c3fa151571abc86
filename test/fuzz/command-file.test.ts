/**
 * A find as people keep it: the command file is read by the command language, newcomers and all, and the
 * listing has a column for each.
 */
import {describe, expect, it} from 'vitest';
import {key, type LeaderId, leaderId} from '../../src/base/ids.ts';
import {parse} from '../../src/command/index.ts';
import {wan} from '../../src/faults/wan.ts';
import {commandFile} from '../../src/fuzz/command-file.ts';
import {listing} from '../../src/fuzz/listing.ts';
import {membersIn, type Plan} from '../../src/sim/plan.ts';
import {runPlan} from '../../src/sim/run-plan.ts';

const [US, EU, SA] = ['us', 'eu', 'sa'].map(leaderId) as [LeaderId, LeaderId, LeaderId];

const plan: Plan = {
  seed: 7,
  leaders: [US, EU],
  topology: {name: 'mesh'},
  resolver: {name: 'lww'},
  delivery: 'fifo',
  steps: [
    {atMs: 0, action: {type: 'join', leader: SA, from: US}},
    {
      atMs: 40,
      action: {
        type: 'write',
        key: key('a'),
        intent: {type: 'set', value: 1},
        at: {type: 'leaders', leaders: [SA]},
      },
    },
  ],
};
const run = runPlan(plan, wan);

describe('a find with a leader that joins', () => {
  it('is a command file that the parser accepts', () => {
    const violation = {checker: 'convergence', text: 'they differ', dots: [], leaders: []} as const;
    const text = commandFile({seed: 7, original: plan, plan, run, violation}, '.');
    const commands = text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
    expect(commands).toEqual([
      'resolver lww',
      'join sa from us',
      'sleep 40ms',
      'set a 1 @sa',
      'heal',
      'expect converged within 5s',
    ]);
    for (const command of commands) {
      // Who joins is none yet.
      const leaders = command.startsWith('join') ? plan.leaders : membersIn(plan);
      expect([command, parse(command, {leaders}).ok]).toEqual([command, true]);
    }
    expect(text).toContain('--leaders us,eu THIS-FILE');
  });

  it('has a listing in which the leader joins and writes', () => {
    const rows = listing(run.trace, membersIn(plan));
    expect(rows[0]?.split(/\s+/)).toEqual(['', 'ms', 'us', 'eu', 'sa']);
    expect(rows[1]).toContain('── join sa from us');
    expect(rows[2]).toMatch(/^ +0 +joins$/);
    expect(rows.join('\n')).toContain('writes sa:1   a = 1');
  });
});

describe('a find with faults that only the simulator has', () => {
  it('has comments for them, and the parser accepts the rest', () => {
    const steps: Plan['steps'] = [
      {atMs: 0, action: {type: 'ack', ack: 'quorum'}},
      {atMs: 0, action: {type: 'disk', leader: US, fails: true}},
      {atMs: 0, action: {type: 'disk-lost', leader: US, keep: 0.4}},
      {atMs: 0, action: {type: 'delivery', delivery: 'causal'}},
      {atMs: 0, action: {type: 'loopguard', on: false}},
      {atMs: 0, action: {type: 'leave', leader: EU}},
    ];
    const made = {...plan, waitingOps: 2, steps};
    const violation = {checker: 'refusals', text: 'it is kept', dots: [], leaders: []} as const;
    const lines = commandFile({seed: 7, original: made, plan: made, run, violation}, '.').split('\n');
    expect(lines).toContain('# only in the simulator: the disk of us is full from here on');
    expect(lines).toContain(
      '# only in the simulator: the disk of us is replaced by an older copy with 40% of its operations',
    );
    expect(lines).toContain(
      '# only in the simulator: at most 2 operations wait at a leader for their dependencies, normally 4096',
    );
    for (const line of ['ack quorum', 'delivery causal', 'loopguard off', 'leave eu']) {
      expect(lines).toContain(line);
      expect(parse(line, {leaders: [...plan.leaders, SA]}).ok).toBe(true);
    }
  });
});
