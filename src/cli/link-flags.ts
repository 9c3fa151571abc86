/**
 * The latency of links: from the flags, or otherwise from a lab.
 */
import {type Command, Option} from 'commander';
import type {Links} from '../course/lab-types.ts';
import {type LinkDefaults, lan, slow, wan} from '../faults/wan.ts';
import {parseNumber} from './arguments.ts';

export interface LinkFlags {
  readonly lan?: boolean;
  readonly wan?: boolean;
  readonly slow?: number;
}

/** `otherwise`: how help describes the links if no flag is given. */
export const withLinkFlags = (command: Command, otherwise: string): Command =>
  command
    .addOption(new Option('--wan', `links as slow as between continents (${otherwise})`))
    .addOption(new Option('--lan', 'links without latency'))
    .addOption(
      new Option('--slow <factor>', 'make links slower than between continents by this factor').argParser(
        parseNumber(0.1, 100),
      ),
    );

export const linksOf = (flags: LinkFlags): LinkDefaults =>
  flags.lan ? lan : flags.slow === undefined ? wan : slow(flags.slow);

export const areLinksGiven = (flags: LinkFlags): boolean =>
  flags.lan !== undefined || flags.wan !== undefined || flags.slow !== undefined;

export const linksOfLab = (links: Links): LinkDefaults =>
  links.type === 'slow' ? slow(links.factor) : links.type === 'lan' ? lan : wan;
