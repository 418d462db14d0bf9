/** An ELF file for x86-64 with a line of a kernel's in a segment that is loaded, and a note unless there is to be none. */
export function fakeVmlinux({ release = '6.1.0-test', owner = 'Xen\0', type = 18 } = {}): Buffer {
  const [headBytes, entryBytes] = [64, 56];
  const other = encodeNote('GNU\0', 3, Buffer.alloc(5));
  const notes = Buffer.concat([other, encodeNote(owner, type, Buffer.alloc(8))]);
  const text = Buffer.from(`%s version Linux version %s\0Linux version ${release} (builder@host) #1 SMP\0`);
  const head = Buffer.alloc(headBytes + 2 * entryBytes);
  head.write('\u007fELF\u0002\u0001', 'latin1');
  head.writeUInt16LE(62, 18);
  head.writeBigUInt64LE(BigInt(headBytes), 32);
  head.writeUInt16LE(entryBytes, 54);
  head.writeUInt16LE(2, 56);
  const entry = (index: number, kind: number, offset: number, bytes: number) => {
    head.writeUInt32LE(kind, headBytes + index * entryBytes);
    head.writeBigUInt64LE(BigInt(offset), headBytes + index * entryBytes + 8);
    head.writeBigUInt64LE(BigInt(bytes), headBytes + index * entryBytes + 32);
  };
  entry(0, 4, head.length, notes.length);
  entry(1, 1, head.length + notes.length, text.length);
  return Buffer.concat([head, notes, text]);
}

function encodeNote(owner: string, type: number, content: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(owner.length, 0);
  head.writeUInt32LE(content.length, 4);
  head.writeUInt32LE(type, 8);
  const filled = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
  return Buffer.concat([head, filled(Buffer.from(owner, 'latin1')), filled(content)]);
}

/** A bzImage with something compressed in it. */
export function fakeBzImage(payload: Buffer): Buffer {
  const setUp = Buffer.alloc(1024);
  setUp.writeUInt8(1, 0x1f1);
  setUp.write('HdrS', 0x202, 'latin1');
  setUp.writeUInt16LE(0x20f, 0x206);
  setUp.writeUInt32LE(16, 0x248);
  setUp.writeUInt32LE(payload.length, 0x24c);
  return Buffer.concat([setUp, Buffer.alloc(16), payload, Buffer.from('what follows')]);
}

/** A payload with the size of what is in it behind it, as the kernel's build puts it. */
export function withSize(payload: Uint8Array, sizeBytes: number): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(sizeBytes);
  return Buffer.concat([payload, size]);
}
