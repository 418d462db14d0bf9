const DISPATCHER_RETURN = 'dispatcher_return';

/** Return codes of XDP programs; the dispatcher's own is what an empty slot returns. */
const XDP_CODES: Readonly<Record<string, number>> = {
  aborted: 0,
  drop: 1,
  pass: 2,
  tx: 3,
  redirect: 4,
  [DISPATCHER_RETURN]: 31,
};

/** Return codes of tc programs. They start at -1, so their bits are one higher. */
const TC_CODES: Readonly<Record<string, number>> = {
  unspec: -1,
  ok: 0,
  reclassify: 1,
  shot: 2,
  pipe: 3,
  stolen: 4,
  queued: 5,
  repeat: 6,
  redirect: 7,
  trap: 8,
  [DISPATCHER_RETURN]: 30,
};

const DEFAULTS = { xdp: ['pass', DISPATCHER_RETURN], tc: ['pipe', DISPATCHER_RETURN] } as const;

/** The names that `proceedOnMask` knows. */
export function proceedOnNames(type: 'xdp' | 'tc'): readonly string[] {
  return Object.keys(type === 'xdp' ? XDP_CODES : TC_CODES);
}

/** The return codes of a mask. */
export function proceedOnCodes(type: 'xdp' | 'tc', mask: number): readonly number[] {
  const codes = Object.values(type === 'xdp' ? XDP_CODES : TC_CODES);
  const shift = type === 'xdp' ? 0 : 1;
  return codes.filter((code) => (mask & (1 << (code + shift))) !== 0);
}

/** What an empty slot returns. */
export function emptySlotCode(type: 'xdp' | 'tc'): number {
  return (type === 'xdp' ? XDP_CODES : TC_CODES)[DISPATCHER_RETURN] ?? 0;
}

/**
 * A bit for each return code after which the dispatcher runs its next program.
 * @param names - Known names; none of them means the default of the type.
 */
export function proceedOnMask(type: 'xdp' | 'tc', names: readonly string[]): number {
  const codes = type === 'xdp' ? XDP_CODES : TC_CODES;
  const shift = type === 'xdp' ? 0 : 1;
  const chosen = names.length === 0 ? DEFAULTS[type] : names;
  return chosen.reduce((mask, name) => (mask | (1 << ((codes[name] ?? 0) + shift))) >>> 0, 0);
}
