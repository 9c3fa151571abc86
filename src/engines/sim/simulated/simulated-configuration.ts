/**
 * Holds the settings of a simulated cluster, and makes links and leaders follow them.
 */
import {assert} from '../../../base/assert.ts';
import type {LeaderId} from '../../../base/ids.ts';
import type {CustomModule} from '../../../core/resolvers/custom-module.ts';
import type {SiteSettings} from '../../../sim/site.ts';
import type {World} from '../../../sim/world.ts';
import {clockOf, leaderSettings, type Settings} from '../../shared/model/cluster-settings.ts';
import {forwardOver, type Movements, wantedLinks} from '../../shared/model/wiring.ts';

export interface SimulatedConfigurationOptions {
  readonly world: World;
  readonly movements: Movements;
  readonly settings: Settings;
  /** The user's module that was loaded from that file. */
  module(file: string): CustomModule | undefined;
}

export class SimulatedConfiguration {
  readonly #options: SimulatedConfigurationOptions;
  #settings: Settings;

  constructor(options: SimulatedConfigurationOptions) {
    this.#options = options;
    this.#settings = options.settings;
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** Replaces the settings. Leaders follow them after `apply`, links after `apply` or `arrange`. */
  replace(settings: Settings): void {
    this.#settings = settings;
  }

  /** Gives each leader the settings that have changed for it, and arranges the links. */
  apply(): void {
    const {world} = this.#options;
    for (const site of world.sites()) {
      const {custom, ...wanted} = this.siteSettings(site.id);
      const differing = Object.entries(wanted).filter(
        ([name, value]) => !sameJson(value, site.settings[name as keyof typeof wanted]),
      );
      const change: Partial<SiteSettings> = Object.fromEntries(differing);
      site.clock = clockOf(this.#settings, site.id);
      world.configure(
        site.id,
        change.resolver === undefined || custom === undefined ? change : {...change, custom},
      );
    }
    this.arrange();
  }

  /** Opens and closes links as the settings, dead leaders, donors and leaving leaders require. */
  arrange(): void {
    const {world, movements} = this.#options;
    const dead = new Set(world.sites().flatMap(({id, status}) => (status === 'down' ? [id] : [])));
    world.network.arrange(wantedLinks(this.#settings, dead, movements), link =>
      forwardOver(link, this.#settings, movements),
    );
  }

  /** The user's module was loaded again from this file. */
  moduleChanged(file: string): void {
    const {world} = this.#options;
    for (const {id, settings} of world.sites()) {
      if (settings.resolver.name === 'custom' && settings.resolver.file === file)
        world.configure(id, this.siteSettings(id));
    }
  }

  /** The settings in the form that one leader of the world receives them. */
  siteSettings(id: LeaderId): SiteSettings {
    assert(this.#settings.members.includes(id), 'a leader of the world is a member');
    const {clock: _, ...settings} = leaderSettings(this.#settings, id);
    const {resolver} = settings;
    const custom = resolver.name === 'custom' ? this.#options.module(resolver.file) : undefined;
    return custom === undefined ? settings : {...settings, custom};
  }
}

const sameJson = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
