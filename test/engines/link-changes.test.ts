/**
 * The changes that faults of links make, and their summaries.
 */
import {describe, expect, test} from 'vitest';
import {leaderId, linkId} from '../../src/base/ids.ts';
import {
  type LinkAction,
  type LinkSituation,
  linkChanges,
} from '../../src/engines/shared/model/link-changes.ts';
import {CLEAR_RULE, type LinkRule} from '../../src/faults/rule.ts';

const [US, EU] = [leaderId('us'), leaderId('eu')];
const BASE: LinkRule = {...CLEAR_RULE, latencyMs: 40};
const CUT: LinkRule = {...BASE, cut: true};
const BOTH = [{a: US, b: EU, both: true}];

const links = (there: LinkRule, back: LinkRule = there): LinkSituation[] => [
  {id: linkId(US, EU), base: BASE, rule: there},
  {id: linkId(EU, US), base: BASE, rule: back},
];

function changesOf(action: LinkAction, before: readonly LinkSituation[]) {
  const changes = linkChanges(action, before);
  if (!changes.ok) throw new Error(changes.failure.message);
  return changes.value;
}

describe('a link whose rule does not change', () => {
  test.each<LinkAction>([
    {type: 'cut', links: BOTH},
    {type: 'partition', groups: [[US], [EU]]},
  ])('is not among the changes: %j', action => {
    expect(changesOf(action, links(CUT)).rules.size).toBe(0);
    expect([...changesOf(action, links(BASE, CUT)).rules.keys()]).toEqual(['us>eu']);
  });

  test('is not among the changes of a heal or a setting', () => {
    expect(changesOf({type: 'heal', links: BOTH}, links(BASE)).rules.size).toBe(0);
    expect(changesOf({type: 'link', links: BOTH, change: {latencyMs: 40}}, links(BASE)).rules.size).toBe(0);
  });
});

describe('restored rules are summarized by what changes for the links', () => {
  const told = (before: readonly LinkSituation[], there: LinkRule, back: LinkRule): string =>
    changesOf({type: 'restore-rules', rules: {[linkId(US, EU)]: there, [linkId(EU, US)]: back}}, before)
      .summary;

  test('that are cut, held again or healed', () => {
    expect(told(links(BASE), CUT, CUT)).toBe('us>eu eu>us cut again');
    expect(told(links(CUT), BASE, BASE)).toBe('us>eu eu>us healed');
    expect(told(links(BASE), {...BASE, hold: true}, CUT)).toBe('us>eu holding again; eu>us cut again');
  });

  test('with each setting that is restored', () => {
    const lossy: LinkRule = {...BASE, lossShare: 0.05};
    expect(told(links(BASE), lossy, lossy)).toBe('us>eu eu>us loss 5% again');
    expect(told(links({...lossy, cut: true}), lossy, lossy)).toBe('us>eu eu>us no longer cut');
    expect(told(links(lossy), {...CUT, latencyMs: 80}, BASE)).toBe(
      'us>eu cut, latency 80 ms, loss 0% again; eu>us healed',
    );
  });
});
