/**
 * The report in JUnit's XML, for texts that XML has no room for.
 */
import fc from 'fast-check';
import {expect, test} from 'vitest';
import {Report} from '../../src/runner/junit.ts';

/** The characters that XML 1.0 allows in a document (https://www.w3.org/TR/xml/#charsets). */
const ALLOWED = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;

async function reportOf(name: string, failure: string | undefined): Promise<string> {
  const report = new Report();
  await report.during(name, async () => report.add(name, failure));
  return report.junit();
}

test('a character that XML cannot contain is shown as an escape', async () => {
  expect(await reportOf('expect get "\ufffe\uffff" = "\ud800x"', 'a\u0000\u009b<b>&"\n\t')).toContain(
    'name="expect get &quot;\\ufffe\\uffff&quot; = &quot;\\ud800x&quot;"',
  );
  expect(await reportOf('x', 'a\u0000\u009b<b>&"\n\t')).toContain(
    'message="a\\u0000\\u009b&lt;b&gt;&amp;&quot;&#10;&#9;"',
  );
});

test(
  'any text makes a document of allowed characters, ' + 'with an entity for every mark-up character',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({unit: 'binary'}), async text => {
        const xml = await reportOf(text, text);
        expect(xml).toMatch(ALLOWED);
        expect(xml.split('"')).toHaveLength((await reportOf('', '')).split('"').length);
      }),
    );
  },
);
