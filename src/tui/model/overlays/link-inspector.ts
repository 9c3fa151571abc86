/**
 * One link in full, each direction by itself: its faults, the messages that wait and those in flight, what
 * faults did to earlier messages, and the replication lag.
 */

import type {FaultName} from '../../../faults/verdict.ts';
import type {ClusterView, FaultMark, InFlight, LinkView, PairLag} from '../../../port/view.ts';
import {count} from '../../../report/words/count.ts';
import {GLYPHS} from '../../../report/words/glyphs.ts';
import {showMs} from '../../../report/words/show-time.ts';
import {sparkline} from '../../../report/words/sparkline.ts';
import {type Pair, pairsOf} from '../links/pairs.ts';
import {ruleWords} from '../links/rule-words.ts';
import {selectablesIn} from '../links/selectables.ts';
import {isTimeStopped, nextInFlight, untilMs} from '../links/virtual-time.ts';
import {legible} from '../text/legible.ts';
import {type Line, type Run, run} from '../text/style.ts';
import {cutLine, join, padEnd, padStart, wrap} from '../text/text.ts';
import {nameRun, type Palette, paletteOf, showAge} from '../text/words.ts';

/**
 * Returns the pair with exactly this name, such as `us-eu` or `us>eu`; `undefined` if the topology has no
 * such pair.
 */
export const pairNamed = (view: ClusterView, name: string): Pair | undefined =>
  pairsOf(view).find(pair => pair.name === name);

/** The link after this one, or before. */
export function nextPair(view: ClusterView, name: string, step: 1 | -1): string {
  const pairs = selectablesIn(view).flatMap(selectable =>
    selectable.type === 'pair' ? [selectable.pair] : [],
  );
  const at = pairs.findIndex(pair => pair.name === name);
  return pairs[(at + step + pairs.length) % pairs.length]?.name ?? name;
}

const SEPARATOR: Run = run(' · ', 'dim');
const LABEL_WIDTH = 11;

export function drawLink(name: string, view: ClusterView, nowMs: number, width: number): Line[] {
  const pair = pairNamed(view, name);
  if (pair === undefined) return [[run(`${name} is not a link of this topology`, 'warn')]];
  // The figures come first and keep their places; lists, which grow and shrink, come below.
  const parts = [
    ...pair.links.map(link => figureLines(link, view, nowMs)),
    ...pair.links.map(link => messageLines(link, view, nowMs)),
  ];
  const filled = parts.filter(part => part.length > 0);
  const stops = pair.links.flatMap(link => stopLines(link, width));
  return [
    ...stops,
    ...filled
      .flatMap((part, i): Line[] => (i === 0 ? part : [[], ...part]))
      .map(line => cutLine(line, width)),
  ];
}

const direction = ({from, to}: LinkView, palette: Palette): Line => [
  nameRun(from, palette),
  run(' → ', 'strong'),
  nameRun(to, palette),
];

function figureLines(link: LinkView, view: ClusterView, nowMs: number): Line[] {
  const palette = paletteOf(view);
  const {from, to, rule, ruleSinceMs, faulty} = link;
  const words = ruleWords(rule);
  const tone = rule.cut ? 'bad' : faulty ? 'warn' : 'plain';
  const since = faulty ? [run(`  for ${showAge(nowMs - ruleSinceMs)}`, 'dim')] : [];
  const lag = view.lags.find(({origin, leader}) => origin === from && leader === to);
  const head: Line = [
    ...direction(link, palette),
    run('  '),
    link.stopped !== undefined
      ? run('■ stopped', 'bad')
      : link.connection === 'open'
        ? run(`${GLYPHS.on} open`, 'good')
        : run(`${GLYPHS.waiting} connecting`, 'warn'),
  ];
  return [
    head,
    row('suffers', words.length === 0 ? [run('nothing', 'dim')] : [run(words.join(' · '), tone), ...since]),
    row('queue', queueLine(link)),
    row('passed', passedLine(link)),
    ...countedRow(link),
    ...(lag === undefined
      ? [row('lag', [run(`nothing of ${from} reached ${to} in the last 10 s`, 'dim')]), []]
      : lagRows(lag)),
  ];
}

/** The server's own message and the remedy: this is what a person looks for at a stopped link. */
function stopLines({id, stopped}: LinkView, width: number): Line[] {
  if (stopped === undefined) return [];
  return [
    [run(`■ ${id} is stopped`, 'bad')],
    ...wrap(`“ ${legible(stopped.error)}`, width, 'warn'),
    ...wrap(`${GLYPHS.pointer} ${legible(stopped.repair)}`, width, 'strong'),
    [],
  ];
}

/** The messages in flight, and what faults did to earlier messages. */
function messageLines(link: LinkView, view: ClusterView, nowMs: number): Line[] {
  const {inFlight, marks} = link;
  if (inFlight.length + marks.length === 0) return [];
  const next = isTimeStopped(view) ? nextInFlight(view) : undefined;
  return [
    direction(link, paletteOf(view)),
    ...several(
      'under way',
      inFlight.map(message => flightLine(message, nowMs, message === next)),
    ),
    ...several(
      'lately',
      [...marks].reverse().map(mark => markLine(mark, nowMs)),
    ),
  ];
}

const row = (label: string, line: Line): Line => [run(`  ${padEnd(label, LABEL_WIDTH)}`, 'dim'), ...line];

const several = (label: string, lines: readonly Line[]): Line[] =>
  lines.map((line, i) => row(i === 0 ? label : '', line));

function queueLine({waiting, held, from}: LinkView): Line {
  const parts: Line[] = [
    waiting > 0 ? [run(`${count(waiting, 'op')} waiting at ${from}`, 'warn')] : [],
    held > 0 ? [run(`${GLYPHS.held} ${count(held, 'message')} held`, 'warn')] : [],
  ];
  const line = join(parts, SEPARATOR);
  return line.length > 0 ? line : [run('empty', 'dim')];
}

/** The figures of the receiver's own server, if it keeps any. */
function countedRow({counted}: LinkView): Line[] {
  if (counted === undefined) return [];
  const figures = Object.entries(counted).map(([name, count]) => `${name} ${count}`);
  return [row('its server', [run(`counts ${figures.join(', ')}`, 'warn')])];
}

/** What each fault did, most often first. */
function passedLine({delivered, dropped, byFault}: LinkView): Line {
  const faults = (Object.entries(byFault) as [FaultName, number][])
    .filter(([, n]) => n > 0)
    .sort(([, a], [, b]) => b - a);
  const touched = faults.length === 0 ? '' : `   ${faults.map(([fault, n]) => `${fault} ${n}`).join(', ')}`;
  return [
    run(count(delivered, 'message')),
    ...(dropped > 0 ? [SEPARATOR, run(`${GLYPHS.failed} ${dropped} dropped`, 'bad')] : []),
    run(touched, 'dim'),
  ];
}

function flightLine({direction, dueAtMs, faults}: InFlight, nowMs: number, isNext: boolean): Line {
  const what = direction === 'forth' ? `${GLYPHS.on} operations` : '∙ acknowledgement';
  const why = faults.length === 0 ? '' : `  ${faults.join(', ')}`;
  return [
    run(padEnd(what, 19)),
    run(`${padStart(showMs(untilMs(dueAtMs, nowMs)), 7)} to go`),
    ...(isNext ? [run('  next', 'key')] : []),
    run(why, 'dim'),
  ];
}

/** `12 s ago  dropped by loss  412 B`. */
function markLine({atMs, did, faults, bytes, direction, delayMs}: FaultMark, nowMs: number): Line {
  const by = faults.length === 0 ? '' : ` by ${faults.join(', ')}`;
  const late = delayMs === undefined ? '' : ` ${showMs(delayMs)}`;
  const what = direction === 'back' ? ' ack' : '';
  return [
    run(`${padStart(showAge(nowMs - atMs), 6)} ago  `, 'dim'),
    run(`${did}${late}${by}`, did === 'dropped' ? 'bad' : 'warn'),
    run(`  ${bytes} B${what}`, 'dim'),
  ];
}

const lagRows = ({p50Ms, p99Ms, hops, recentMs}: PairLag): Line[] => [
  row('lag', [
    run(`p50 ${showMs(p50Ms)} · p99 ${showMs(p99Ms)} · ${count(Math.round(hops * 10) / 10, 'hop')}`),
  ]),
  row('last 30 s', [run(sparkline(recentMs), 'key')]),
];
