import type { ErrnoName } from 'glovebox';

/** Half of a fault's options: fail before or after the call took effect. */
export function fail<E extends Error | ErrnoName>(
  when: 'before' | 'after',
  error: E,
): { readonly before: E } | { readonly after: E } {
  return when === 'before' ? { before: error } : { after: error };
}
