/** The head of a bzImage, as far as it is looked at, and as long as it says that it is. */
export function fakeImage(release: string): Buffer {
  const image = Buffer.alloc(2048);
  image.writeUInt8(1, 0x1f1);
  image.writeUInt32LE((2048 - 1024) / 16, 0x1f4);
  image.write('HdrS', 0x202, 'latin1');
  image.writeUInt16LE(0x100, 0x20e);
  image.write(`${release} (builder@host) #1 SMP`, 0x300, 'latin1');
  return image;
}
