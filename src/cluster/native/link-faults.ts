/**
 * The faults of links: from an action to new rules for the links that it names.
 */
import {assertNever} from '../../base/assert.ts';
import {fail} from '../../base/failure.ts';
import {type LeaderId, type LinkId, linkEnds} from '../../base/ids.ts';
import type {EngineAction, LinkChange, LinkSelector} from '../../command/action.ts';
import {type LinkRule, sameRule} from '../../faults/rule.ts';
import {changeInWords, checkedChange} from '../../faults/wording.ts';
import {changed, failed} from '../outcome.ts';
import type {Outcome} from '../port.ts';
import type {LinkState, Links} from './links.ts';

type LinkAction = Extract<EngineAction, {type: 'cut' | 'hold' | 'release' | 'reset' | 'link' | 'heal' | 'partition' | 'restore-rules'}>;

export const isFaulty = ({rule, base}: LinkState): boolean => !sameRule(rule, base);

export class LinkFaults {
  readonly #links: Links;

  constructor(links: Links) {
    this.#links = links;
  }

  async execute(action: LinkAction): Promise<Outcome> {
    switch (action.type) {
      case 'cut':
        return this.#select(action.links, 'cut', ({rule}) => ({...rule, cut: true}));
      case 'hold':
        return this.#select(action.links, 'holding', ({rule}) => ({...rule, hold: true}));
      case 'reset':
        return this.#reset(action.links);
      case 'release':
        return this.#select(action.links, 'released', ({rule}) => ({...rule, hold: false}));
      case 'link':
        return action.change === 'clear'
          ? this.#select(action.links, 'healed', ({base}) => base)
          : this.#suffer(action.links, action.change);
      case 'heal':
        return action.links === 'all' ? this.#healAll() : this.#select(action.links, 'healed', ({base}) => base);
      case 'partition':
        return this.#partition(action.groups);
      case 'restore-rules':
        return this.#change(Object.keys(action.rules) as LinkId[], 'as before', link => action.rules[link.id] ?? link.rule);
      default:
        return assertNever(action);
    }
  }

  async #select(selectors: readonly LinkSelector[], done: string, rule: (link: LinkState) => LinkRule): Promise<Outcome> {
    const selected = this.#links.select(selectors);
    return selected.ok ? this.#change(selected.value, done, rule) : failed(selected.failure);
  }

  async #suffer(selectors: readonly LinkSelector[], change: LinkChange): Promise<Outcome> {
    const [checked, selected] = [checkedChange(change), this.#links.select(selectors)];
    if (!checked.ok) return failed(checked.failure);
    if (!selected.ok) return failed(selected.failure);
    const result = await this.#links.change(selected.value, ({rule}) => ({...rule, ...change}));
    return result.ok ? changed(`${selected.value.join(' ')}: ${changeInWords(change)}`) : failed(result.failure);
  }

  async #reset(selectors: readonly LinkSelector[]): Promise<Outcome> {
    const selected = this.#links.select(selectors);
    if (!selected.ok) return failed(selected.failure);
    const result = await this.#links.reset(selected.value);
    return result.ok ? changed(`${selected.value.join(' ')} reset`) : failed(result.failure);
  }

  async #healAll(): Promise<Outcome> {
    this.#links.forgetParked();
    const faulty = this.#links.all().filter(isFaulty);
    if (faulty.length === 0) return changed('every link was sound');
    return this.#change(
      faulty.map(({id}) => id),
      'healed',
      ({base}) => base,
    );
  }

  async #partition(groups: readonly (readonly LeaderId[])[]): Promise<Outcome> {
    const groupOf = new Map(groups.flatMap((group, i) => group.map(id => [id, i] as const)));
    const links = this.#links.all().filter(({id}) => {
      const [from, to] = [groupOf.get(linkEnds(id).from), groupOf.get(linkEnds(id).to)];
      return from !== undefined && to !== undefined && from !== to;
    });
    if (links.length === 0) return failed(fail('no-link', 'no link leads from one of these groups to another').failure);
    return this.#change(
      links.map(({id}) => id),
      'cut',
      ({rule}) => ({...rule, cut: true}),
    );
  }

  async #change(links: readonly LinkId[], done: string, rule: (link: LinkState) => LinkRule): Promise<Outcome> {
    const result = await this.#links.change(links, rule);
    return result.ok ? changed(`${links.join(' ')} ${done}`) : failed(result.failure);
  }
}
