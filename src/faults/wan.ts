/**
 * How far apart leaders are: the latency that each link has before any fault.
 *
 * A leader's name stands for a region, represented by a city with large data centres. The latency in one
 * direction is the time of light in fibre (200 km per ms) along the great circle, plus half of that, because
 * cables do not follow great circles. The three links of the default lab have fixed latencies. A name that is
 * not a region is 60 ms from every other leader.
 */
import type {LeaderId} from '../base/ids.ts';
import {CLEAR_RULE, type LinkRule} from './rule.ts';

/** The rule that a link starts with. */
export type LinkDefaults = (from: LeaderId, to: LeaderId) => LinkRule;

const FIXED_MS = new Map([
  ['eu us', 45],
  ['ap eu', 90],
  ['ap us', 75],
]);

/** Latitude and longitude in degrees. */
const PLACES = new Map<string, readonly [number, number]>([
  ['us', [39.0, -77.5]], // Ashburn
  ['eu', [50.1, 8.7]], // Frankfurt
  ['ap', [1.35, 103.8]], // Singapore
  ['sa', [-23.5, -46.6]], // São Paulo
  ['af', [-33.9, 18.4]], // Cape Town
  ['me', [26.1, 50.5]], // Manama
  ['in', [19.1, 72.9]], // Mumbai
  ['jp', [35.7, 139.7]], // Tokyo
  ['au', [-33.9, 151.2]], // Sydney
  ['ca', [45.5, -73.6]], // Montréal
]);

const UNKNOWN_MS = 60;
const FIBRE_KM_PER_MS = 200;
const DETOUR = 1.5;
const JITTER_SHARE = 0.05;
const EARTH_RADIUS_KM = 6371;

/** Latencies of real distances. */
export const wan: LinkDefaults = (from, to) => stretched(from, to, 1);

/** No latency. */
export const lan: LinkDefaults = () => CLEAR_RULE;

/** Latencies of real distances times `factor`, so that an audience can follow. */
export const slow =
  (factor: number): LinkDefaults =>
  (from, to) =>
    stretched(from, to, factor);

function stretched(from: LeaderId, to: LeaderId, factor: number): LinkRule {
  const latencyMs = Math.round(oneWayMs(from, to) * factor);
  return {...CLEAR_RULE, latencyMs, jitterMs: Math.round(latencyMs * JITTER_SHARE)};
}

/** The same in both directions. */
function oneWayMs(from: LeaderId, to: LeaderId): number {
  const fixed = FIXED_MS.get([from, to].sort().join(' '));
  if (fixed !== undefined) return fixed;
  const a = PLACES.get(from);
  const b = PLACES.get(to);
  if (a === undefined || b === undefined) return UNKNOWN_MS;
  return Math.round((greatCircleKm(a, b) / FIBRE_KM_PER_MS) * DETOUR);
}

/** The haversine formula. */
function greatCircleKm(a: readonly [number, number], b: readonly [number, number]): number {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const half = (x: number): number => Math.sin(radians(x) / 2) ** 2;
  const chord = half(b[0] - a[0]) + Math.cos(radians(a[0])) * Math.cos(radians(b[0])) * half(b[1] - a[1]);
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(chord));
}
