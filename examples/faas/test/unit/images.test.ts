import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base, describe, expect } from 'glovebox/fixtures';
import { extractImage } from '../../src/image/extract-image.ts';
import { commandOf } from '../../src/image/image.ts';
import { MOUNT_POINTS } from '../../src/image/prepare-root.ts';
import {
  createImageFiles,
  digestOf,
  type Entry,
  type ImageFile,
  type ImageSpec,
  writeArchive,
  writeImage,
} from '../support/images.ts';

// biome-ignore lint/correctness/noEmptyPattern: Vitest reads a fixture's needs off its first parameter
const test = base.extend('folder', ({}, { onCleanup }) => {
  const folder = mkdtempSync(join(tmpdir(), 'faas-images-'));
  onCleanup(() => rmSync(folder, { recursive: true }));
  return folder;
});

async function extract(folder: string, spec: ImageSpec) {
  await writeImage(join(folder, 'image.tar'), spec);
  return extractImage(join(folder, 'image.tar'), join(folder, 'rootfs'));
}

const read = (...path: readonly string[]): string => readFileSync(join(...path), 'utf8');

describe('An image is extracted', () => {
  for (const format of ['docker', 'oci'] as const)
    for (const gzip of [false, true])
      test(`a simple one, ${format}, ${gzip ? 'gzip' : 'plain'}`, async ({ folder }) => {
        const layer: readonly Entry[] = [
          ['bin/', '', { type: 'directory', mode: 0o750 }],
          ['bin/tool', 'run me', { mode: 0o4755 }],
          ['bin/same', '', { type: 'link', linkname: 'bin/tool' }],
          ['bin/alias', '', { type: 'symlink', linkname: 'tool' }],
        ];
        const { rootfs, reused } = await extract(folder, { layers: [layer], format, gzip });
        expect(reused).toBe(false);
        expect(read(rootfs, 'bin/alias')).toBe('run me');
        expect(lstatSync(join(rootfs, 'bin/alias')).isSymbolicLink()).toBe(true);
        expect(statSync(join(rootfs, 'bin/tool')).mode & 0o7777).toBe(0o4755);
        expect(statSync(join(rootfs, 'bin')).mode & 0o7777).toBe(0o750);
        expect(statSync(join(rootfs, 'bin/same')).ino).toBe(statSync(join(rootfs, 'bin/tool')).ino);
      });

  test('of several layers the later wins, over files, folders and links', async ({ folder }) => {
    const { rootfs } = await extract(folder, {
      layers: [
        [
          ['same', 'first'],
          ['kept', 'first'],
          ['was/folder', 'x'],
          ['link', '', { type: 'symlink', linkname: 'kept' }],
        ],
        [
          ['same', 'second'],
          ['was', 'a file now'],
          ['link', 'a file now'],
        ],
      ],
    });
    expect(['same', 'kept', 'was', 'link'].map((name) => read(rootfs, name))).toEqual([
      'second',
      'first',
      'a file now',
      'a file now',
    ]);
  });

  test('whiteouts delete what is below, and leave what their own layer has', async ({ folder }) => {
    const { rootfs } = await extract(folder, {
      layers: [
        [
          ['a/gone', 'x'],
          ['a/kept', 'x'],
          ['tree/deep/gone', 'x'],
          ['opaque/gone', 'x'],
          ['opaque/sub/gone', 'x'],
          ['again', 'old'],
        ],
        [
          ['a/.wh.gone', ''],
          ['.wh.tree', ''],
          ['opaque/new', 'x'],
          ['opaque/sub/new', 'x'],
          ['opaque/.wh..wh..opq', ''],
          ['again', 'new'],
          ['.wh.again', ''],
        ],
      ],
    });
    expect(readdirSync(rootfs, { recursive: true }).toSorted()).toEqual(
      ['a', 'a/kept', 'again', 'opaque', 'opaque/new', 'opaque/sub', 'opaque/sub/new', ...MOUNT_POINTS].toSorted(),
    );
    expect(read(rootfs, 'again')).toBe('new');
  });

  test('once: the second time it is reused', async ({ folder }) => {
    const spec: ImageSpec = { layers: [[['file', 'x']]] };
    const first = await extract(folder, spec);
    const inode = statSync(join(first.rootfs, 'file')).ino;
    expect(await extract(folder, spec)).toMatchObject({ reused: true, rootfs: first.rootfs });
    expect(statSync(join(first.rootfs, 'file')).ino).toBe(inode);
    const other = await extract(folder, { layers: [[['file', 'y']]] });
    expect(other).toMatchObject({ reused: false });
    expect(other.rootfs).not.toBe(first.rootfs);
  });
});

describe('What an image runs', () => {
  test.for([
    [{ Cmd: ['/bin/sh'] }, ['/bin/sh']],
    [{ Entrypoint: ['/init'] }, ['/init']],
    [{ Entrypoint: ['/init', '-x'], Cmd: ['serve'] }, ['/init', '-x', 'serve']],
    [{ Entrypoint: null, Cmd: ['a b', ''] }, ['a b', '']],
  ] as const)('is ENTRYPOINT and then CMD: %j', async ([config, expected], { folder }) => {
    const { image } = await extract(folder, { layers: [], config });
    expect(commandOf(image, 'image.tar')).toEqual(expected);
  });

  test('has to be there', async ({ folder }) => {
    const { image } = await extract(folder, { layers: [] });
    expect(() => commandOf(image, 'image.tar')).toThrow(
      'image.tar has neither ENTRYPOINT nor CMD, so there is nothing to run',
    );
  });
});

describe('Errors of a manifest are clear', () => {
  const config = JSON.stringify({ config: {} });
  const layerless = JSON.stringify([{ Config: 'c.json', Layers: ['gone.tar'] }]);
  test.for([
    [
      'no image at all',
      [['README', 'hello']],
      'is no image: it has neither manifest.json (docker save) nor index.json',
    ],
    ['no JSON', [['manifest.json', '{']], 'the manifest manifest.json of'],
    ['no array', [['manifest.json', '{}']], 'it must be an array; received {}'],
    ['no image in it', [['manifest.json', '[]']], 'must name one image; it names 0'],
    ['two images', [['manifest.json', '[{},{}]']], 'must name one image; it names 2'],
    ['no Config', [['manifest.json', '[{}]']], 'Config must be a string; received nothing'],
    [
      'no Layers',
      [['manifest.json', '[{"Config":"c","Layers":"l"}]']],
      'Layers must be an array of strings; received "l"',
    ],
    [
      'no such configuration',
      [['manifest.json', '[{"Config":"c","Layers":[]}]']],
      'has no c, which is the configuration',
    ],
    [
      'no such layer',
      [
        ['manifest.json', layerless],
        ['c.json', config],
      ],
      'has no gone.tar, which its manifest names as a layer',
    ],
    [
      'a digest that is a path',
      [['index.json', '{"manifests":[{"digest":"sha256:../../x"}]}']],
      'digest must be as sha256:…',
    ],
  ] as const)('%s', async ([, entries, message], { folder }) => {
    await writeArchive(join(folder, 'bad.tar'), entries);
    await expect(extractImage(join(folder, 'bad.tar'), join(folder, 'rootfs'))).rejects.toThrow(message);
    expect(existsSync(join(folder, 'rootfs'))).toBe(false);
  });
});

describe('Contents are what is said of them', () => {
  const LAYERS: ImageSpec['layers'] = [[['file', 'x']]];
  const other = (content: string | Buffer): Buffer => Buffer.concat([Buffer.from(content), Buffer.from('\n')]);

  for (const [format, position, what] of [
    ['docker', 0, 'the configuration'],
    ['docker', 1, 'a layer'],
    ['oci', 0, 'the configuration'],
    ['oci', 1, 'a layer'],
    ['oci', 2, 'the manifest'],
  ] as const)
    test(`${what} with other bytes than its digest is refused, ${format}`, async ({ folder }) => {
      const files: readonly ImageFile[] = await createImageFiles({ layers: LAYERS, format });
      const [name = '', content = ''] = files[position] ?? [];
      const path = join(folder, 'bad.tar');
      await writeArchive(path, files.with(position, [name, other(content)]));
      const expected = `sha256:${name.slice('blobs/sha256/'.length)}`;
      await expect(extractImage(path, join(folder, 'rootfs'))).rejects.toThrow(
        `${what} ${name} of ${path} has another content than is said of it: its digest must be ${expected}; received ${digestOf(other(content))}`,
      );
      expect(existsSync(join(folder, 'rootfs'))).toBe(false);
    });

  /** As `docker save` was before 25: the name of a layer says nothing of its content. */
  const writeOld = async (path: string, content: string, says?: string) => {
    const files = await createImageFiles({ layers: [[['file', content]]] });
    const tar = files[1]?.[1] ?? '';
    const rootfs = says === undefined ? undefined : { diff_ids: [says] };
    await writeArchive(path, [
      ['config.json', JSON.stringify({ config: {}, rootfs })],
      ['one/layer.tar', tar],
      ['manifest.json', JSON.stringify([{ Config: 'config.json', Layers: ['one/layer.tar'] }])],
    ]);
    return digestOf(Buffer.from(tar));
  };

  test('a layer that is another than the configuration says is refused', async ({ folder }) => {
    const path = join(folder, 'bad.tar');
    const says = digestOf(Buffer.from('another'));
    const received = await writeOld(path, 'x', says);
    await expect(extractImage(path, join(folder, 'rootfs'))).rejects.toThrow(
      `a layer one/layer.tar of ${path} has another content than is said of it: uncompressed, its digest must be ${says} (diff_ids); received ${received}`,
    );
    await writeOld(path, 'x', received);
    expect(await extractImage(path, join(folder, 'rootfs'))).toMatchObject({ reused: false });
  });

  test('images of the same names and other contents have roots of their own', async ({ folder }) => {
    const roots = [];
    for (const content of ['x', 'y']) {
      await writeOld(join(folder, `${content}.tar`), content);
      roots.push(await extractImage(join(folder, `${content}.tar`), join(folder, 'rootfs')));
    }
    expect(roots.map(({ reused }) => reused)).toEqual([false, false]);
    expect(roots.map(({ rootfs }) => read(rootfs, 'file'))).toEqual(['x', 'y']);
  });

  test('each layer has its digest in the configuration, and no other', async ({ folder }) => {
    const path = join(folder, 'bad.tar');
    await writeArchive(path, [
      ['c.json', '{"rootfs":{"diff_ids":[]}}'],
      ['one/layer.tar', ''],
      ['manifest.json', '[{"Config":"c.json","Layers":["one/layer.tar"]}]'],
    ]);
    await expect(extractImage(path, join(folder, 'rootfs'))).rejects.toThrow(
      `c.json of ${path} is wrong: rootfs.diff_ids must name each of 1 layers; received []`,
    );
  });
});

describe('A layer that leads elsewhere is refused', () => {
  const up = '../../../../../../../..';
  test.for([
    ['..', [['../escaped', 'x']], 'it has .. in it'],
    ['.. further on', [['a/../../escaped', 'x']], 'it has .. in it'],
    ['an absolute name', [['/escaped', 'x']], 'it is absolute'],
    ['a whiteout of ..', [['a/.wh...', '']], 'it has .. in it'],
    [
      'a link that leads up',
      [
        ['out', '', { type: 'symlink', linkname: up }],
        ['out/escaped', 'x'],
      ],
      'leads out of the root',
    ],
    ['a hard link from above', [['stolen', '', { type: 'link', linkname: '../../image.tar' }]], 'it has .. in it'],
    [
      'a hard link through a link',
      [
        ['out', '', { type: 'symlink', linkname: '..' }],
        ['stolen', '', { type: 'link', linkname: 'out/image.tar' }],
      ],
      'leads out of the root',
    ],
    [
      'links in a circle',
      [
        ['a', '', { type: 'symlink', linkname: 'a' }],
        ['a/file', 'x'],
      ],
      'too many symbolic links',
    ],
  ] as const)('%s', async ([, layer, message], { folder }) => {
    await expect(extract(folder, { layers: [layer as readonly Entry[]] })).rejects.toThrow(message);
    expect(readdirSync(folder, { recursive: true }).toSorted()).toEqual(['image.tar', 'rootfs']);
  });

  test('an absolute link stays in the root, as it will for the handler', async ({ folder }) => {
    const layer: readonly Entry[] = [
      ['var', '', { type: 'symlink', linkname: folder }],
      ['var/inside', 'x'],
    ];
    const { rootfs } = await extract(folder, { layers: [layer] });
    expect(read(rootfs, folder, 'inside')).toBe('x');
    expect(existsSync(join(folder, 'inside'))).toBe(false);
  });

  test('a file that takes the place of a link is not written through it', async ({ folder }) => {
    const target = join(folder, 'victim');
    const layers: readonly (readonly Entry[])[] = [
      [['link', '', { type: 'symlink', linkname: target }]],
      [['link', 'x']],
    ];
    const { rootfs } = await extract(folder, { layers });
    expect(read(rootfs, 'link')).toBe('x');
    expect(existsSync(target)).toBe(false);
  });
});
