/**
 * Check -> the text behind `expect` that reads as that check.
 */
import {assertNever} from '../base/assert.ts';
import type {Check} from './action.ts';
import {showDuration, showWord} from './grammar/quote.ts';
import {optionalKey, showExpected, showTarget} from './show-parts.ts';

export function showCheck(check: Check): string {
  switch (check.type) {
    case 'get':
      return `get ${showWord(check.key)}${showTarget(check.at)} = ${showExpected(check.expected)}`;
    case 'siblings':
      return `siblings ${showWord(check.key)}${showTarget(check.at)} ${check.compare} ${check.count}`;
    case 'converged':
      return check.withinMs === 0 ? 'converged' : `converged within ${showDuration(check.withinMs)}`;
    case 'diverged':
      return `diverged${optionalKey(check.key)}`;
    case 'conflicts':
    case 'lost':
      return `${check.type}${optionalKey(check.key)} ${check.compare} ${check.count}`;
    case 'up':
    case 'down':
      return `${check.type} ${check.leader}`;
    case 'lag':
      return `lag ${check.percentile} ${check.compare} ${showDuration(check.ms)}`;
    case 'messages-per-op':
      return `messages-per-op ${check.compare} ${check.count}`;
    case 'history':
      return `history ${check.property}`;
    case 'fuzz':
      return `fuzz ${check.seeds}`;
    case 'outcome':
      return `outcome ${check.expected}`;
    default:
      return assertNever(check);
  }
}
