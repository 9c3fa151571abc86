/**
 * The line at the top: who is up, how they are wired, whether they agree. Whatever changes often stands in columns of fixed width, so
 * that nothing moves; where room is short, what matters least goes first.
 */
import type {ClusterView} from '../../cluster/port.ts';
import {isBlocked} from './pairs.ts';
import {type Line, type Run, run} from './style.ts';
import {join, lineWidth, padStart, spread} from './text.ts';
import {accentsOf, count, nameRun, showCount, showElapsed, showMs, statusGlyph} from './words.ts';

export function drawHeader(view: ClusterView, nowMs: number, frozen: boolean, width: number): Line {
  const wiring: Line = [run(`${view.topology} · ${view.resolver}`)];
  const verdict = convergence(view);
  const rate: Line = [run(padStart(showCount(view.opsPerSecond), 5), 'plain'), run(' op/s', 'dim')];
  const lag: Line = [run('lag p99 ', 'dim'), run(padStart(view.lag === undefined ? '—' : showMs(view.lag.p99Ms), 7))];
  const clock: Line = frozen ? [{...run(' ⏸ frozen ', 'warn'), mark: 'badge'}] : [run(showElapsed(nowMs - view.startedAtMs), 'dim')];
  const name: Line = [run('leaderlab', 'strong')];
  const gap = run('   ');
  const names = leaderNames(view, Math.floor(width * 0.4));
  const left = (...parts: Line[]): Line => [run(' '), ...join(parts, gap)];
  const right = (...parts: Line[]): Line => [...join(parts, gap), run(' ')];
  const choices: [Line, Line][] = [
    [left(name, names, wiring), right(verdict, rate, lag, clock)],
    [left(names, wiring), right(verdict, rate, lag, clock)],
    [left(names, wiring), right(verdict, rate, clock)],
    [left(names, wiring), right(verdict, clock)],
    [left(names, wiring), right(verdict)],
  ];
  const fitting = choices.find(([l, r]) => lineWidth(l) + lineWidth(r) + 1 <= width);
  const [l, r] = fitting ?? [left(names), right(verdict)];
  return spread(l, r, width, 12);
}

/** `us ● eu ● ap ✕`, or the count by status where the names do not fit. */
function leaderNames(view: ClusterView, room: number): Line {
  const accents = accentsOf(view);
  const each = join(
    view.leaders.map((leader): Line => [nameRun(leader.id, accents), run(' '), statusGlyph(leader.status)]),
    run(' '),
  );
  if (lineWidth(each) <= room) return each;
  const statuses = (['up', 'starting', 'paused', 'down'] as const).flatMap((status): Line[] => {
    const n = view.leaders.filter(leader => leader.status === status).length;
    return n === 0 ? [] : [[statusGlyph(status), run(` ${n}`)]];
  });
  return [run('leaders '), ...join(statuses, run(' '))];
}

/** Never more than is known: it speaks of the live leaders, and says how many those are when it is not all. */
function convergence({convergence: verdict, leaders, links}: ClusterView): Line {
  const partial = verdict.live < leaders.length ? [run(` · ${verdict.live} of ${leaders.length} live`, 'warn')] : [];
  if (leaders.some(({status}) => status === 'starting')) return [run('◌ starting', 'warn'), ...partial];
  if (verdict.live === 0) return [run('✕ no leader is live', 'warn')];
  if (verdict.type === 'converged') return [run('= converged', 'good'), ...partial];
  const stuck = links.some(link => (link.rule.cut || link.rule.hold) && isBlocked(link) && link.waiting > 0);
  const missing: Run[] = verdict.missingOps > 0 ? [run(` · ${count(verdict.missingOps, 'op')} ${stuck ? 'waiting' : 'under way'}`)] : [];
  return [run('≠ diverged', 'warn'), ...missing, ...partial];
}
