import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';

/** An entry of a layer: a name with what is in it, or with a header of tar. */
export type Entry = readonly [name: string, content: string, header?: Partial<Header>];

/** What an image is made of. */
export interface ImageSpec {
  readonly layers: readonly (readonly Entry[])[];
  readonly config?: Readonly<Record<string, unknown>>;
  /** @defaultValue 'docker' */
  readonly format?: 'docker' | 'oci';
  /** @defaultValue false */
  readonly gzip?: boolean;
}

/** Writes a tar file of these files. */
export async function writeArchive(
  path: string,
  entries: readonly (readonly [string, string | Buffer, Partial<Header>?])[],
) {
  writeFileSync(path, await buffer(packEntries(entries)));
}

/** Writes an image as `docker save` does, or as an OCI layout. */
export async function writeImage(path: string, { layers, config = {}, format = 'docker', gzip = false }: ImageSpec) {
  const blobs = await Promise.all(
    layers.map(async (layer) => {
      const tar = await buffer(packEntries(layer));
      return gzip ? gzipSync(tar) : tar;
    }),
  );
  const configuration = Buffer.from(JSON.stringify({ config, rootfs: { diff_ids: blobs.map(digestOf) } }));
  const nameOf = (blob: Buffer): string => `blobs/sha256/${digestOf(blob).slice('sha256:'.length)}`;
  const files = [configuration, ...blobs].map((blob) => [nameOf(blob), blob] as const);
  const describe = (blob: Buffer) => ({ digest: digestOf(blob), size: blob.length });
  if (format === 'docker') {
    const manifest = [{ Config: nameOf(configuration), RepoTags: [], Layers: blobs.map(nameOf) }];
    await writeArchive(path, [...files, ['manifest.json', JSON.stringify(manifest)]]);
    return;
  }
  const manifest = Buffer.from(
    JSON.stringify({ schemaVersion: 2, config: describe(configuration), layers: blobs.map(describe) }),
  );
  const index = JSON.stringify({ schemaVersion: 2, manifests: [describe(manifest)] });
  await writeArchive(path, [...files, [nameOf(manifest), manifest], ['index.json', index]]);
}

function packEntries(entries: readonly (readonly [string, string | Buffer, Partial<Header>?])[]) {
  const tar = pack();
  for (const [name, content, header] of entries)
    tar.entry({ name, mode: 0o644, mtime: new Date(0), ...header }, content);
  tar.finalize();
  return tar;
}

function digestOf(blob: Buffer): string {
  return `sha256:${createHash('sha256').update(blob).digest('hex')}`;
}
