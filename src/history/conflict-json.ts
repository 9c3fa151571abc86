/**
 * A conflict in its outward form, for programs. Dots are texts such as `us:4`.
 */
import type {Json} from '../base/json.ts';
import {readingToJson} from '../core/reading.ts';
import {showDot} from '../core/version-vector.ts';
import type {Conflict} from './conflict.ts';

export const conflictToJson = ({
  id,
  key,
  kind,
  relation,
  writes,
  decisions,
  lost,
  torn,
  why,
}: Conflict): {readonly [field: string]: Json} => ({
  id,
  key,
  kind,
  relation,
  writes: writes.map(({dot, value, wallMs, hlc, acknowledged}) => ({
    dot: showDot(dot),
    origin: dot.origin,
    ...(value === undefined ? {deleted: true} : {value}),
    wallMs,
    hlc: {...hlc},
    acknowledged,
  })),
  decisions: Object.fromEntries(
    Object.entries(decisions).map(([leader, {resolver, shows}]) => [leader, {resolver, shows: readingToJson(shows)}]),
  ),
  lost: lost.map(showDot),
  torn: torn.map(showDot),
  why,
});
