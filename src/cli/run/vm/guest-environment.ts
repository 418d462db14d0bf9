import { EMULATED_VARIABLE } from '../../../core/emulated.js';
import type { Accelerator } from '../../../vm/qemu/command-line.js';
import { planEnvironmentElsewhere } from '../root/root-environment.js';

/** In the guest's memory: what one Node has compiled, or stripped of types, all that follow have. */
const COMPILE_CACHE = '/run/node-compile-cache';
/** With these, somebody has decided otherwise; and coverage is less exact of what comes from a cache. */
const OTHER_CACHES = ['NODE_COMPILE_CACHE', 'NODE_DISABLE_COMPILE_CACHE', 'NODE_V8_COVERAGE'];

/** The environment of a command in a machine: root's, and what helps where everything is slow. */
export function planGuestEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  { accelerator, keep }: { readonly accelerator: Accelerator; readonly keep: readonly string[] },
): Readonly<Record<string, string>> {
  const usual = planEnvironmentElsewhere(environment, keep);
  if (accelerator !== 'tcg') return usual;
  const hasOther = OTHER_CACHES.some((name) => environment[name] !== undefined);
  return { ...usual, [EMULATED_VARIABLE]: '1', ...(hasOther ? {} : { NODE_COMPILE_CACHE: COMPILE_CACHE }) };
}
