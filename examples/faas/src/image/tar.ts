import { Readable } from 'node:stream';
import { extract, type Header } from 'tar-stream';

/** An entry of a tar file. What is not read of its content is passed over. */
export interface TarEntry {
  readonly header: Header;
  readonly content: Readable;
}

/** The entries of a tar file, in their order. @throws Error of the stream, or for what is no tar file */
export async function* readTar(input: Readable): AsyncGenerator<TarEntry, void> {
  const entries = extract();
  const feeding = feed(input, entries);
  feeding.catch((error: Error) => entries.destroy(error));
  try {
    for await (const source of entries) {
      yield { header: source.header, content: Readable.from(source, { objectMode: false }) };
      source.resume();
    }
    await feeding;
  } finally {
    entries.destroy();
    input.destroy();
  }
}

async function feed(input: Readable, entries: ReturnType<typeof extract>): Promise<void> {
  for await (const chunk of input) {
    if (entries.destroyed) return;
    if (entries.write(chunk)) continue;
    await new Promise<void>((resolve) => {
      const goOn = (): void => {
        entries.off('drain', goOn);
        entries.off('close', goOn);
        resolve();
      };
      entries.on('drain', goOn);
      entries.on('close', goOn);
    });
  }
  entries.end(undefined);
}
