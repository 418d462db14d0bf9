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

/** A file of an archive: its name, and what is in it. */
export type ImageFile = readonly [name: string, content: string | Buffer, header?: Partial<Header>];

/** Writes a tar file of these files. */
export async function writeArchive(path: string, entries: readonly ImageFile[]) {
  writeFileSync(path, await buffer(packEntries(entries)));
}

/** Writes an image as `docker save` does, or as an OCI layout. */
export async function writeImage(path: string, spec: ImageSpec) {
  writeFileSync(path, await packImage(spec));
}

/** The archive of an image. */
export async function packImage(spec: ImageSpec): Promise<Buffer> {
  return buffer(packEntries(await createImageFiles(spec)));
}

/** The files of an image's archive, for those who want to spoil one. */
export async function createImageFiles({
  layers,
  config = {},
  format = 'docker',
  gzip = false,
}: ImageSpec): Promise<readonly ImageFile[]> {
  const tars = await Promise.all(layers.map((layer) => buffer(packEntries(layer))));
  const blobs = gzip ? tars.map((tar) => gzipSync(tar)) : tars;
  const configuration = Buffer.from(JSON.stringify({ config, rootfs: { diff_ids: tars.map(digestOf) } }));
  const nameOf = (blob: Buffer): string => `blobs/sha256/${digestOf(blob).slice('sha256:'.length)}`;
  const files = [configuration, ...blobs].map((blob) => [nameOf(blob), blob] as const);
  const describe = (blob: Buffer) => ({ digest: digestOf(blob), size: blob.length });
  if (format === 'docker') {
    const manifest = [{ Config: nameOf(configuration), RepoTags: [], Layers: blobs.map(nameOf) }];
    return [...files, ['manifest.json', JSON.stringify(manifest)]];
  }
  const manifest = Buffer.from(
    JSON.stringify({ schemaVersion: 2, config: describe(configuration), layers: blobs.map(describe) }),
  );
  const index = JSON.stringify({ schemaVersion: 2, manifests: [describe(manifest)] });
  return [...files, [nameOf(manifest), manifest], ['index.json', index]];
}

function packEntries(entries: readonly ImageFile[]) {
  const tar = pack();
  for (const [name, content, header] of entries)
    tar.entry({ name, mode: 0o644, mtime: new Date(0), ...header }, content);
  tar.finalize();
  return tar;
}

/** `sha256:…` of these bytes. */
export function digestOf(blob: Buffer): string {
  return `sha256:${createHash('sha256').update(blob).digest('hex')}`;
}
