/** Documentation of LZ4, "Legacy frame": what the kernel's build makes by `lz4 -l`. */
const LEGACY_MAGIC = 0x184c2102;
/** A block of it holds that much when it is undone, the last one less. */
const LEGACY_BLOCK_BYTES = 8 * 2 ** 20;
const SHORTEST_MATCH = 4;
/** A length of 15 goes on in the bytes that follow, each of 255 and one that is less. */
const LENGTH_GOES_ON = 15;

/**
 * Undoes LZ4 in its legacy frame, the one that images of kernels have, of which the size is known. Node has no LZ4.
 *
 * @throws RangeError when it is damaged, or of another size
 */
export function decompressLz4(frame: Uint8Array, sizeBytes: number): Buffer {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 4 || view.getUint32(0, true) !== LEGACY_MAGIC) throw damaged('it has no legacy frame');
  const output = Buffer.allocUnsafe(sizeBytes);
  let [at, filled] = [4, 0];
  while (at < frame.length) {
    const end = at + 4 + (at + 4 > frame.length ? 0 : view.getUint32(at, true));
    if (end > frame.length) throw damaged('it ends within a block');
    filled = decompressBlock(frame.subarray(at + 4, end), output, filled);
    at = end;
  }
  if (filled !== sizeBytes) throw damaged(`it has ${filled} bytes in it, and not ${sizeBytes}`);
  return output;
}

/** The format of blocks: sequences of literals, and of copies of what came before. Returns how far the output is filled. */
function decompressBlock(input: Uint8Array, output: Uint8Array, start: number): number {
  const most = Math.min(output.length, start + LEGACY_BLOCK_BYTES);
  let [at, filled] = [0, start];
  const readByte = (): number => {
    const byte = input[at++];
    if (byte === undefined) throw damaged('a block ends within a sequence');
    return byte;
  };
  const readLength = (first: number): number => {
    let length = first;
    if (first === LENGTH_GOES_ON) for (let byte = 255; byte === 255; length += byte) byte = readByte();
    return length;
  };
  while (at < input.length) {
    const token = readByte();
    const literals = readLength(token >> 4);
    if (at + literals > input.length || filled + literals > most) throw damaged('literals reach beyond their block');
    // A call for each would take longer than the bytes, which are few.
    for (const end = at + literals; at < end; ) output[filled++] = input[at++] ?? 0;
    // The last sequence is literals alone.
    if (at === input.length) break;
    const distance = readByte() | (readByte() << 8);
    const length = readLength(token & 15) + SHORTEST_MATCH;
    if (distance === 0 || filled - distance < start) throw damaged('a copy begins before its block');
    if (filled + length > most) throw damaged('a copy reaches beyond its block');
    // Byte by byte, for a copy may begin in what it makes itself.
    for (const end = filled + length; filled < end; filled++) output[filled] = output[filled - distance] ?? 0;
  }
  return filled;
}

function damaged(reason: string): RangeError {
  return new RangeError(`damaged LZ4: ${reason}`);
}
