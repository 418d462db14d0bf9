import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { decompressXz } from '../decompress-xz.js';
import { decompressLz4 } from './decompress-lz4.js';
import { readVmlinux } from './read-vmlinux.js';

/** Documentation/arch/x86/boot.rst: `setup_sects`, `payload_offset` and `payload_length`, which 2.08 brought. */
const SECTORS_AT = 0x1f1;
const PROTOCOL_AT = 0x206;
const PROTOCOL = 0x208;
const PAYLOAD_AT = 0x248;
const PAYLOAD_BYTES_AT = 0x24c;
const HEAD_BYTES = 0x250;
/** Much more than any kernel has. */
const MOST_BYTES = 512 * 2 ** 20;

/**
 * The kernel that a bzImage has in it, decompressed; `undefined` where it is compressed in a way that cannot be undone
 * here, is damaged, or cannot be entered by a virtual machine.
 */
export function unpackVmlinux(image: Buffer): Buffer | undefined {
  if (image.length < HEAD_BYTES || image.readUInt16LE(PROTOCOL_AT) < PROTOCOL) return undefined;
  const start = ((image.readUInt8(SECTORS_AT) || 4) + 1) * 512 + image.readUInt32LE(PAYLOAD_AT);
  const payload = image.subarray(start, start + image.readUInt32LE(PAYLOAD_BYTES_AT));
  if (payload.length < 8) return undefined;
  try {
    const vmlinux = decompress(payload);
    if (vmlinux === undefined) return undefined;
    const read = readVmlinux((at, bytes) => vmlinux.subarray(at, at + bytes));
    return read?.hasPvhEntry && read.loadedBytes <= vmlinux.length ? vmlinux : undefined;
  } catch {
    // The kernel's own decompressor may know better, and can say so.
    return undefined;
  }
}

/** By what it begins with: arch/x86/boot/compressed/Makefile, where all but gzip have their size put behind them. */
function decompress(payload: Buffer): Buffer | undefined {
  const sizeBytes = payload.readUInt32LE(payload.length - 4);
  if (sizeBytes > MOST_BYTES) return undefined;
  const body = payload.subarray(0, -4);
  switch (payload.toString('hex', 0, 4)) {
    case '02214c18':
      return decompressLz4(body, sizeBytes);
    case '28b52ffd':
      return zstdDecompressSync(body, { maxOutputLength: sizeBytes });
    case 'fd377a58':
      return decompressXz(body);
    default:
      // The size is gzip's own.
      return payload.toString('hex', 0, 2) === '1f8b' ? gunzipSync(payload, { maxOutputLength: sizeBytes }) : undefined;
  }
}
