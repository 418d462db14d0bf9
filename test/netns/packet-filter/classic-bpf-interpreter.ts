/** Where the kernel has what is no part of the frame. */
export interface FrameMetadata {
  readonly packetType?: number;
  readonly vlanTagPresent?: boolean;
}

/** Runs a program of classic BPF as bpf_prog_run of Linux does: how many bytes of the frame it takes. */
export function runClassicBpf(program: Uint8Array, frame: Uint8Array, metadata: FrameMetadata = {}): number {
  const code = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const bytes = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const memory = new Uint32Array(16);
  let a = 0;
  let x = 0;
  for (let at = 0; at < program.length / 8; at += 1) {
    const op = code.getUint16(at * 8, true);
    const [whenTrue, whenFalse] = [code.getUint8(at * 8 + 2), code.getUint8(at * 8 + 3)];
    const k = code.getUint32(at * 8 + 4, true);
    const jump = (holds: boolean): void => {
      at += holds ? whenTrue : whenFalse;
    };
    if (op === 0x30 && k === 0xffff_f004) {
      a = metadata.packetType ?? 0;
      continue;
    }
    if (op === 0x30 && k === 0xffff_f030) {
      a = metadata.vlanTagPresent === true ? 1 : 0;
      continue;
    }
    const size = { 0: 4, 8: 2, 16: 1 }[op & 0x18] ?? 0;
    const isLoad = (op & 7) === 0 && ((op & 0xe0) === 0x20 || (op & 0xe0) === 0x40);
    if (isLoad) {
      const from = k + ((op & 0xe0) === 0x40 ? x : 0);
      if (from + size > frame.length) return 0;
      a = size === 4 ? bytes.getUint32(from) : size === 2 ? bytes.getUint16(from) : bytes.getUint8(from);
      continue;
    }
    switch (op) {
      case 0x00:
        a = k;
        break;
      case 0x60:
        a = memory[k] ?? 0;
        break;
      case 0x01:
        x = k;
        break;
      case 0x02:
        memory[k] = a;
        break;
      case 0x07:
        x = a;
        break;
      case 0x87:
        a = x;
        break;
      case 0x04:
        a = (a + k) >>> 0;
        break;
      case 0x0c:
        a = (a + x) >>> 0;
        break;
      case 0x54:
        a = (a & k) >>> 0;
        break;
      case 0x64:
        a = (a << k) >>> 0;
        break;
      case 0x05:
        at += k;
        break;
      case 0x15:
        jump(a === k);
        break;
      case 0x45:
        jump((a & k) !== 0);
        break;
      case 0x06:
        return k;
      default:
        throw new TypeError(`the interpreter does not know operation 0x${op.toString(16)}`);
    }
  }
  throw new RangeError('the program ran past its end');
}
