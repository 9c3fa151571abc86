/**
 * How a command ended, as the fact that side-by-side runs compare if the command shows nothing else.
 */
import type {Entry} from '../session/session-result.ts';
import {span} from './document/styled-document.ts';
import type {Fact} from './results/result-form.ts';
import {STATUS_GLYPHS} from './words/glyphs.ts';

/** Side-by-side runs compare the status and whether the engine supports the command, not the words. */
export function outcomeOf({status, failure, result}: Entry): Fact {
  const message = failure?.message ?? (result?.type === 'changed' ? result.summary : 'ok');
  return {
    about: '',
    text: [span(`${STATUS_GLYPHS[status]} ${message}`)],
    compared: failure?.code === 'unsupported' ? 'unsupported' : status,
  };
}
