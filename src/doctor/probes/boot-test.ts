/** A guest of a few bytes, and how to see that it ran. */
export interface BootTest {
  readonly image: Uint8Array;
  /** How much of the image is code and tables. */
  readonly sizeBytes: number;
  /** What the guest does, for the evidence. */
  readonly description: string;
  /** What QEMU's exit code is when the guest came to its end. */
  readonly exitCode: number;
  /** QEMU's arguments for the image in a file. */
  readonly arguments: (path: string) => readonly string[];
}

/**
 * A boot sector. It has to do what a kernel does first: some KVMs run real mode and hang as soon as a guest turns on
 * paging, so one that only writes to a port would prove nothing. In 16 bits it clears three pages of tables, maps the
 * first 2 MiB, turns on long mode; in 64 bits it counts from 20,000,000 down to 0 and writes 42 to port 0xf4.
 */
const X64_SECTOR = [
  'fa 31c0 8ed8 8ec0 8ed0 bc007c', // cli; ds = es = ss = 0; sp = 0x7c00
  '66bf00100000 0f22df', // edi = 0x1000; cr3 = edi
  '6631c0 66b9000c0000 fc f366ab', // clear 3072 words from there
  '66c70600100320 0000 66c70600200330 0000 66c706003083000000', // 0x1000 → 0x2000 → 0x3000 → a page of 2 MiB
  '0f20e0 6683c820 0f22e0', // cr4 |= PAE
  '66b9800000c0 0f32 660d00010000 0f30', // EFER |= LME
  '0f20c0 660d01000080 0f22c0', // cr0 |= PG | PE
  '660f0116907c ea6e7c0800', // load the table of segments; jump into 64 bits
  'b9002d3101 ffc9 75fc', // count down
  'b02a e6f4 f4', // out 0xf4, 42; hlt
  '0f1f4000', // up to a multiple of eight
  '0000000000000000 00000000009a2000 0f00 807c0000', // no segment, a 64-bit code segment; its size and place
].join('');

function buildX64(): BootTest {
  const code = Uint8Array.from(Buffer.from(X64_SECTOR.replaceAll(' ', ''), 'hex'));
  const image = new Uint8Array(512);
  image.set(code);
  image.set([0x55, 0xaa], 510);
  return {
    image,
    sizeBytes: code.length,
    description: 'firmware, then long mode with paging, then a loop of 20,000,000 rounds',
    // isa-debug-exit: hw/misc/debugexit.c, (value << 1) | 1
    exitCode: (42 << 1) | 1,
    arguments: (path) => [
      ...['-machine', 'pc', '-m', '16', '-device', 'isa-debug-exit,iobase=0xf4,iosize=1'],
      ...['-drive', `file=${path},format=raw,if=ide,snapshot=on`],
    ],
  };
}

/** Counts down likewise and ends the machine through PSCI's SYSTEM_OFF, with semihosting's exit code in its place. */
const ARM64_WORDS = [
  0xd2a02620, // mov x0, #0x01310000 (about 20,000,000)
  0xf1000400, // subs x0, x0, #1
  0x54ffffe1, // b.ne to the line above
  0x52800100, // mov w0, #8
  0x72b08000, // movk w0, #0x8400, lsl #16: PSCI SYSTEM_OFF
  0xd4000002, // hvc #0
  0x14000000, // b .
];

function buildArm64(): BootTest {
  const image = new Uint8Array(4096);
  const view = new DataView(image.buffer);
  for (const [index, word] of ARM64_WORDS.entries()) view.setUint32(index * 4, word, true);
  return {
    image,
    sizeBytes: ARM64_WORDS.length * 4,
    description: 'a loop of 20,000,000 rounds, then power off',
    exitCode: 0,
    arguments: (path) => ['-machine', 'virt', '-m', '64', '-kernel', path],
  };
}

/** The guest for a processor, as Node names it. */
export function findBootTest(architecture: string): BootTest | undefined {
  if (architecture === 'x64') return buildX64();
  return architecture === 'arm64' ? buildArm64() : undefined;
}
