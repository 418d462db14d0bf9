import { NumberNames } from './number-names.js';

/** How far an address or a route reaches. */
export type Scope = 'global' | 'site' | 'link' | 'host' | 'nowhere';

/** enum rt_scope_t of include/uapi/linux/rtnetlink.h; `global` is what it calls universe. */
export const SCOPES: NumberNames<Scope> = new NumberNames([
  ['global', 0],
  ['site', 200],
  ['link', 253],
  ['host', 254],
  ['nowhere', 255],
]);

/** The name, or the number of one without. */
export function decodeScope(number: number): Scope | number {
  return SCOPES.nameOf(number) ?? number;
}
