/**
 * The table of results: for each type, the file of `results/` that holds its document, its JSON and the facts
 * that side-by-side runs compare.
 */
import type {SessionResult} from '../session/session-result.ts';
import {checkForm} from './results/check-result.ts';
import {comparedForm} from './results/compared-result.ts';
import {conflictsForm} from './results/conflict-results.ts';
import {explainedForm} from './results/explained-result.ts';
import {lagForm} from './results/lag-result.ts';
import {diffForm, stateForm} from './results/leader-results.ts';
import {logForm, skippedForm} from './results/log-results.ts';
import {keysForm, valuesForm} from './results/reading-results.ts';
import type {FormOf, ResultForm, ResultType} from './results/result-form.ts';
import {
  changedForm,
  focusedForm,
  helpForm,
  quitForm,
  settingForm,
  waitedForm,
} from './results/session-results.ts';
import {whyForm} from './results/why-result.ts';
import {loadedForm, writesForm} from './results/write-results.ts';

const FORMS: {readonly [T in ResultType]: ResultForm<T>} = {
  writes: writesForm,
  values: valuesForm,
  keys: keysForm,
  log: logForm,
  skipped: skippedForm,
  loaded: loadedForm,
  changed: changedForm,
  check: checkForm,
  conflicts: conflictsForm,
  explained: explainedForm,
  compared: comparedForm,
  why: whyForm,
  lag: lagForm,
  setting: settingForm,
  state: stateForm,
  diff: diffForm,
  waited: waitedForm,
  focused: focusedForm,
  help: helpForm,
  quit: quitForm,
};

/**
 * Returns what the result of a command is to others: a document for people, JSON for programs, and facts to
 * compare. Failures are not results: `entry-document.ts` shows them.
 */
export const formOf = ({type}: SessionResult): FormOf<SessionResult> => FORMS[type];
