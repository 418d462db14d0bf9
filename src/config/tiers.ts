import process from 'node:process';
import type { TestProjectInlineConfiguration, TestTagDefinition } from 'vitest/config';
import { checkOptions } from '../core/check-options.js';
import { EMULATED_VARIABLE } from '../core/emulated.js';
import { quote, UsageError } from '../core/errors.js';
import { suggest } from '../core/nearest.js';

/**
 * The tiers of tests, from the cheapest:
 *
 * - `unit`: nothing real; `integration`: processes and files of an ordinary user
 * - `privileged`: namespaces and programs of this machine's kernel
 * - `vm`: kernels of their own
 * - `stress`: what takes long, or all of the machine
 */
export const TIERS = ['unit', 'integration', 'privileged', 'vm', 'stress'] as const;

/** One of {@link TIERS}. */
export type Tier = (typeof TIERS)[number];

/** The tags that name requirements, for `test.tags` of a config: Vitest refuses a tag that is not declared. */
export const TAGS: readonly TestTagDefinition[] = [
  { name: 'user', description: 'needs an ordinary user' },
  { name: 'root', description: 'needs root of the machine' },
  { name: 'netns', description: 'needs network namespaces' },
  { name: 'bpf', description: 'needs bpf(2)' },
  { name: 'netem', description: 'needs the qdisc netem' },
  { name: 'tun', description: 'needs tun and tap devices' },
  { name: 'vm', description: 'needs virtual machines, emulated if need be' },
  { name: 'kvm', description: 'needs virtual machines at the speed of the processor' },
  { name: 'container', description: 'needs a Docker engine' },
];

/** How {@link gloveboxProjects} are made. */
export interface TiersOptions {
  /** The files of each tier. @defaultValue the folder of its name in `test` */
  readonly include?: Readonly<Partial<Record<Tier, readonly string[]>>>;
  /** Which tiers there are. @defaultValue all */
  readonly tiers?: readonly Tier[];
  /** Tags beside {@link TAGS}. @defaultValue none */
  readonly tags?: readonly TestTagDefinition[];
}

/** Against tests that hang; in milliseconds. */
const TIMEOUT_MS: Readonly<Record<Tier, number>> = {
  unit: 5_000,
  integration: 30_000,
  privileged: 30_000,
  vm: 120_000,
  stress: 600_000,
};

/** How much longer tests may take in a virtual machine that is emulated, as `glovebox run --as vm` tells it. */
const PATIENCE = 4;

/** Those whose files run one after the other: each takes what the machine has. */
const ALONE: readonly Tier[] = ['vm', 'stress'];

/**
 * A Vitest project for each tier, named after it: `vitest run --project privileged`. All of them run in processes, not in
 * threads, as the kernel ends what a thread has started with that thread. In a virtual machine that is emulated, they have four
 * times as long.
 *
 * @example
 * ```ts
 * import { gloveboxProjects } from 'glovebox/config';
 * import { defineConfig } from 'vitest/config';
 *
 * export default defineConfig({
 *   test: { projects: gloveboxProjects(), reporters: ['default', 'glovebox/reporter'] },
 * });
 * ```
 *
 * @throws UsageError for tiers that there are not
 */
export function gloveboxProjects(options: TiersOptions = {}): TestProjectInlineConfiguration[] {
  checkOptions('gloveboxProjects', options);
  const { include = {}, tiers = TIERS, tags = [] } = options;
  const unknown = [...tiers, ...Object.keys(include)].filter((name) => !TIERS.some((tier) => tier === name));
  if (unknown.length > 0) {
    const problems = unknown.map(
      (name) => `${quote(name)} is no tier; there are ${TIERS.join(', ')}${suggest(name, TIERS)}`,
    );
    throw new UsageError('gloveboxProjects', problems);
  }
  const patience = process.env[EMULATED_VARIABLE] === '1' ? PATIENCE : 1;
  return tiers.map((tier) => ({
    extends: true,
    test: {
      name: tier,
      include: [...(include[tier] ?? [`test/${tier}/**/*.test.{ts,mts,js,mjs}`])],
      pool: 'forks',
      fileParallelism: !ALONE.includes(tier),
      testTimeout: TIMEOUT_MS[tier] * patience,
      hookTimeout: TIMEOUT_MS[tier] * patience,
      tags: [...TAGS, ...tags],
    },
  }));
}
