/**
 * The checks as JUnit XML, for tools that show test results: a suite for each file, a case for each check.
 */
import {unitEscape} from '../base/printable.ts';

interface Case {
  readonly name: string;
  /** Why it failed. */
  readonly failure: string | undefined;
}

interface Suite {
  readonly name: string;
  readonly cases: Case[];
  ms: number;
}

/** Collects suites and cases; `junit` returns them as the text of an XML file. */
export class Report {
  readonly #suites: Suite[] = [];

  /** Adds a suite; `add` puts cases into it while `run` runs. */
  async during<T>(name: string, run: () => Promise<T>): Promise<T> {
    const startedMs = performance.now();
    const suite: Suite = {name, cases: [], ms: 0};
    this.#suites.push(suite);
    try {
      return await run();
    } finally {
      suite.ms = performance.now() - startedMs;
    }
  }

  /** Adds a case to the latest suite; without `failure` it passed. */
  add(name: string, failure: string | undefined): void {
    this.#suites.at(-1)?.cases.push({name, failure});
  }

  junit(): string {
    return [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<testsuites>',
      ...this.#suites.flatMap(suiteLines),
      '</testsuites>',
      '',
    ].join('\n');
  }
}

function suiteLines({name, cases, ms}: Suite): string[] {
  const failures = cases.filter(({failure}) => failure !== undefined).length;
  const head =
    `  <testsuite name="${escaped(name)}" tests="${cases.length}" failures="${failures}" ` +
    `time="${(ms / 1000).toFixed(3)}">`;
  return [head, ...cases.flatMap(one => caseLines(one, name)), '  </testsuite>'];
}

function caseLines({name, failure}: Case, suite: string): string[] {
  const head = `    <testcase name="${escaped(name)}" classname="${escaped(suite)}"`;
  return failure === undefined
    ? [`${head}/>`]
    : [`${head}>`, `      <failure message="${escaped(failure)}"/>`, '    </testcase>'];
}

const ENTITIES: {readonly [character: string]: string} = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/**
 * Characters that XML 1.0 forbids even as entities; also DEL and C1, which it discourages and which can
 * control a terminal.
 */
const UNFIT = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ud800-\udfff\ufffe\uffff]/gu;

/**
 * Writes line breaks and tabs as entities, because XML readers turn plain ones in an attribute into spaces.
 */
const escaped = (text: string): string =>
  text
    .replace(/[&<>"]/g, character => ENTITIES[character] ?? character)
    .replace(/[\t\n\r]/g, blank => `&#${blank.charCodeAt(0)};`)
    .replace(UNFIT, unitEscape);
