/** Operations of classic BPF: include/uapi/linux/bpf_common.h, filter.h. */
export const OP = {
  loadWord: 0x20,
  loadHalf: 0x28,
  loadByte: 0x30,
  loadWordAtX: 0x40,
  loadHalfAtX: 0x48,
  loadByteAtX: 0x50,
  loadImmediate: 0x00,
  loadMemory: 0x60,
  loadXImmediate: 0x01,
  store: 0x02,
  moveToX: 0x07,
  moveFromX: 0x87,
  add: 0x04,
  addX: 0x0c,
  and: 0x54,
  shiftLeft: 0x64,
  jump: 0x05,
  jumpEqual: 0x15,
  jumpAnyBit: 0x45,
  return: 0x06,
} as const;

/** Where what is not in the frame is loaded from: SKF_AD_OFF and SKF_AD_… in include/uapi/linux/filter.h. */
export const ANCILLARY = { packetType: 0xffff_f000 + 4, vlanTagPresent: 0xffff_f000 + 48 } as const;

/** One operation, or a place to jump to. */
export type Statement =
  | { readonly op: number; readonly k?: number }
  /** Where to go on if it holds, and if not; by default with the next statement. */
  | { readonly op: number; readonly k: number; readonly yes?: string; readonly no?: string }
  | { readonly op: number; readonly to: string }
  | { readonly label: string };

/** `struct sock_filter[]`: code, two jumps forward, operand. */
export function assembleClassicBpf(statements: readonly Statement[]): Uint8Array {
  const places = new Map<string, number>();
  const code: Exclude<Statement, { readonly label: string }>[] = [];
  for (const statement of statements) {
    if ('label' in statement) places.set(statement.label, code.length);
    else code.push(statement);
  }
  const bytes = new Uint8Array(code.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [index, statement] of code.entries()) {
    const distance = (label: string | undefined): number => {
      if (label === undefined) return 0;
      const skipped = (places.get(label) ?? -1) - index - 1;
      if (skipped < 0 || skipped > 0xff) throw new RangeError(`a filter jumps ${skipped} operations, to ${label}`);
      return skipped;
    };
    view.setUint16(index * 8, statement.op, true);
    if ('to' in statement) view.setUint32(index * 8 + 4, distance(statement.to), true);
    else {
      if ('yes' in statement) view.setUint8(index * 8 + 2, distance(statement.yes));
      if ('no' in statement) view.setUint8(index * 8 + 3, distance(statement.no));
      view.setUint32(index * 8 + 4, statement.k ?? 0, true);
    }
  }
  return bytes;
}
