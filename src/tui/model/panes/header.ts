/**
 * The line at the top: which leaders are up, how they are linked, whether they agree. The left part does not
 * move when the verdict changes, and figures that change often have columns of fixed width. Where room is
 * short, the least important parts are left out first.
 */
import {showVirtual} from '../../../base/show-virtual.ts';
import {sameResolver, showResolver} from '../../../core/resolvers/spec.ts';
import {isPostgresEngine} from '../../../port/engine-name.ts';
import type {ClusterView, LinkView} from '../../../port/view.ts';
import {count, showCount} from '../../../report/words/count.ts';
import {showMs} from '../../../report/words/show-time.ts';
import {isBlocked} from '../links/pairs.ts';
import {stands, timeOf} from '../links/virtual-time.ts';
import {legible} from '../text/legible.ts';
import {type Line, type Run, run, type Tone} from '../text/style.ts';
import {join, lineWidth, padStart, spread} from '../text/text.ts';
import {nameRun, paletteOf, showElapsed, statusGlyph} from '../text/words.ts';

const GAP = run('   ');
/**
 * The width of nearly every verdict. The program's name is shown only if this much room is left. A wider
 * verdict takes the place of a figure at the right.
 */
const USUAL_VERDICT = 28;

/**
 * Draws the header, exactly `width` columns wide. `nowMs` is the cluster's time in milliseconds. In real
 * time, `frozen` replaces the clock with a badge.
 */
export function drawHeader(view: ClusterView, nowMs: number, frozen: boolean, width: number): Line {
  const [full, brief, calm, short, least] = wirings(view);
  const [verdict, shortVerdict] = convergence(view);
  const rate: Line = [run(padStart(showCount(view.opsPerSecond), 5), 'plain'), run(' op/s', 'dim')];
  const lag: Line = [
    run('lag p99 ', 'dim'),
    run(padStart(view.lag === undefined ? '—' : showMs(view.lag.p99Ms), 6)),
  ];
  const name: Line = [run('leaderlab', 'strong')];
  const names = leaderNames(view, Math.floor(width * 0.4));
  const glyphs = tightNames(view, Math.floor(width * 0.3));
  const left = (...parts: Line[]): Line => [run(' '), ...join(parts, GAP)];
  const tight = (...parts: Line[]): Line => [run(' '), ...join(parts, run('  '))];
  const figures = (...parts: Line[]): Line => join(parts, run('  '));
  const [wholeClock, briefClock] = clockOf(view, nowMs, frozen);
  const clock =
    lineWidth([...left(names, brief), GAP, ...wholeClock]) + USUAL_VERDICT < width ? wholeClock : briefClock;
  const all = figures(rate, lag, clock);
  const isRoomy = (parts: Line): boolean => lineWidth([...parts, GAP, ...all]) + USUAL_VERDICT <= width;
  const heads = [left(name, names, full), left(names, full)];
  const head = heads.find(isRoomy) ?? left(names, brief);
  const whole = [...head, GAP, ...verdict];
  const choices: [Line, Line][] = [
    [whole, all],
    [whole, figures(rate, clock)],
    [whole, clock],
    [whole, []],
    [left(names, calm, verdict), clock],
    [left(names, calm, verdict), []],
    [left(names, short, verdict), clock],
    [left(names, short, verdict), []],
    [left(names, short, shortVerdict), []],
    [tight(glyphs, short, shortVerdict), []],
    [tight(glyphs, least, verdict), []],
    [tight(glyphs, least, shortVerdict), []],
  ];
  // Virtual time matters most here, so everything else makes room for it, except the whole verdict.
  const lefts = [
    whole,
    left(names, calm, verdict),
    left(names, short, verdict),
    tight(glyphs, short, verdict),
    // A verdict of divergence stays true without its details; a verdict of agreement does not.
    ...(view.convergence.type === 'diverged'
      ? [left(names, short, shortVerdict), tight(glyphs, least, shortVerdict)]
      : []),
    tight(leaderCounts(view), least, verdict),
  ];
  const timed = lefts.flatMap((l): [Line, Line][] => [
    [l, clock],
    [l, briefClock],
  ]);
  const inTurn = timeOf(view) === 'real' ? choices : [...choices.slice(0, 2), ...timed, ...choices];
  const fits = ([l, r]: [Line, Line]): boolean =>
    lineWidth(l) + (r.length > 0 ? lineWidth(r) + 1 : 0) <= width;
  const [l, r] = inTurn.find(fits) ?? [left(least, shortVerdict), []];
  return spread(l, r, width, 12);
}

/** The elapsed time; virtual time to the millisecond, and whether it stands still. */
function clockOf(view: ClusterView, nowMs: number, frozen: boolean): readonly [whole: Line, brief: Line] {
  const passedMs = nowMs - view.startedAtMs;
  if (timeOf(view) === 'real') {
    const clock: Line = frozen
      ? [{...run(' ⏸ frozen ', 'warn'), mark: 'badge'}]
      : [run(showElapsed(passedMs), 'dim')];
    return [clock, clock];
  }
  const tone: Tone = stands(view) ? 'warn' : 'good';
  const glyph = run(stands(view) ? '⏸ ' : '▶ ', tone);
  const word = run(stands(view) ? 'stands ' : 'runs   ', tone);
  const time = run(showVirtual(passedMs), 'strong');
  return [
    [glyph, word, time],
    [glyph, time],
  ];
}

/**
 * `mesh · lww · fifo · ack local`; then shorter forms: without default settings; without the figures of a
 * flood; in the fewest words, since the topology has its own pane; and at last only the warnings.
 */
function wirings(
  view: ClusterView,
): readonly [full: Line, brief: Line, calm: Line, short: Line, least: Line] {
  const {engine, topology, resolver, leaders, delivery, ack, forward, loopguard, traffic} = view;
  const enginePart: Line = isPostgresEngine(engine) ? [run(engine, 'strong')] : [];
  const star =
    topology.name === 'star' && topology.hub !== undefined ? `star ${topology.hub}` : topology.name;
  const isMixed = leaders.some(
    leader => leader.status !== 'down' && !sameResolver(leader.resolver, resolver),
  );
  const mixed: Line = isMixed ? [run('≠ resolvers', 'warn')] : [];
  const deliveryPart: Line = [run(delivery, delivery === 'fifo' ? 'plain' : 'strong')];
  const ackPart: Line = [run(`ack ${ack}`, ack === 'local' ? 'plain' : 'strong')];
  const isUsual = forward === (topology.name === 'mesh' ? 'own' : 'all');
  const forwardPart: Line = isUsual ? [] : [run(`forward ${forward}`, 'strong')];
  const flood = traffic.lastSecond.redundant;
  const loopOff: Line = loopguard ? [] : [run('↻ loopguard off', 'bad')];
  const loop: Line =
    loopguard || flood === 0 ? loopOff : [...loopOff, run(` ${showCount(flood)}/s redundant`, 'bad')];
  const other: readonly Line[] = [
    delivery === 'fifo' ? [] : deliveryPart,
    ack === 'local' ? [] : ackPart,
    forwardPart,
  ];
  const main: readonly Line[] = [enginePart, [run(star)], [run(legible(showResolver(resolver)))], mixed];
  const dot = run(' · ', 'dim');
  const shortParts: readonly Line[] = [
    isMixed ? mixed : [run(resolver.name)],
    delivery === 'fifo' ? [] : deliveryPart,
    ack === 'local' ? [] : [run(ack, 'strong')],
    isUsual ? [] : [run(`fwd ${forward}`, 'strong')],
    loopguard ? [] : [run('↻ no guard', 'bad')],
  ];
  return [
    join([...main, deliveryPart, ackPart, forwardPart, loop], dot),
    join([...main, ...other, loop], dot),
    join([...main, ...other, loopOff], dot),
    join(shortParts, dot),
    join([mixed, ...other, loopOff], dot),
  ];
}

/** `us● eu● ap✕`, or the count if even that does not fit. */
function tightNames(view: ClusterView, room: number): Line {
  const palette = paletteOf(view);
  const each = join(
    view.leaders.map((leader): Line => [nameRun(leader.id, palette), statusGlyph(leader.status)]),
    run(' '),
  );
  return lineWidth(each) <= room ? each : leaderCounts(view);
}

/** `us ● eu ● ap ✕`, or the count by status if the names do not fit. */
function leaderNames(view: ClusterView, room: number): Line {
  const palette = paletteOf(view);
  const each = join(
    view.leaders.map((leader): Line => [nameRun(leader.id, palette), run(' '), statusGlyph(leader.status)]),
    run(' '),
  );
  return lineWidth(each) <= room ? each : [run('leaders '), ...leaderCounts(view)];
}

function leaderCounts(view: ClusterView): Line {
  const statuses = (['up', 'starting', 'paused', 'down'] as const).flatMap((status): Line[] => {
    const n = view.leaders.filter(leader => leader.status === status).length;
    return n === 0 ? [] : [[statusGlyph(status), run(` ${n}`)]];
  });
  return join(statuses, run(' '));
}

/**
 * The verdict on convergence. It is about the live leaders only, and says how many they are if some leaders
 * are not live.
 */
function convergence(view: ClusterView): readonly [whole: Line, short: Line] {
  const {convergence: verdict, leaders} = view;
  const partial =
    verdict.live < leaders.length ? [run(` · ${verdict.live} of ${leaders.length} live`, 'warn')] : [];
  const told = (short: Run, more: Line): readonly [Line, Line] => [[short, ...more], [short]];
  if (leaders.some(({status}) => status === 'starting')) return told(run('◌ starting', 'warn'), partial);
  if (verdict.live === 0) return told(run('✕ no leader is live', 'warn'), []);
  if (verdict.type === 'converged') return told(run('= converged', 'good'), partial);
  const missing: Run[] =
    verdict.missingOps > 0 ? [run(` · ${count(verdict.missingOps, 'op')} ${whereMissing(view)}`)] : [];
  return told(run('≠ diverged', 'warn'), [...missing, ...partial]);
}

/**
 * Where the operations are that one live leader has and another lacks. They are `under way` only
 * while a link that lets messages through carries operations, and `to be sent` while such a link has
 * operations to send and carries none: nothing was sent yet, or it was lost and is sent again.
 */
function whereMissing({leaders, links}: ClusterView): 'waiting' | 'halted' | 'under way' | 'to be sent' {
  const isStuck = (link: LinkView): boolean =>
    (link.rule.cut || link.rule.hold || link.stopped !== undefined) && link.waiting > 0;
  if (links.some(isStuck)) return 'waiting';
  if (leaders.some(leader => leader.halted.length > 0)) return 'halted';
  const passing = links.filter(link => !isBlocked(link));
  if (passing.some(({inFlight}) => inFlight.some(({direction}) => direction === 'forth'))) return 'under way';
  return passing.some(({waiting}) => waiting > 0) ? 'to be sent' : 'waiting';
}
