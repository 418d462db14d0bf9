import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandOf, type Image } from '../image/image.ts';

/** The part of an OCI runtime configuration that is used. */
export interface BundleConfig {
  readonly ociVersion: string;
  readonly root: { readonly path: string; readonly readonly: boolean };
  readonly process: {
    readonly args: readonly string[];
    readonly env: readonly string[];
    readonly cwd: string;
    readonly user: { readonly uid: number; readonly gid: number };
    readonly noNewPrivileges: boolean;
  };
  readonly mounts: readonly { readonly destination: string; readonly type: string; readonly source: string }[];
  readonly linux: { readonly namespaces: readonly { readonly type: string }[] };
}

const APP = fileURLToPath(new URL('../..', import.meta.url));
const NOBODY = { uid: 65_534, gid: 65_534 };

/** Writes a bundle. @throws FaasError INVALID_IMAGE for an image that runs nothing */
export function writeBundle(folder: string, image: Image, archive: string, rootfs: string): BundleConfig {
  const command = commandOf(image, archive);
  const config: BundleConfig = {
    ociVersion: '1.0.2',
    root: { path: rootfs, readonly: true },
    process: {
      // The host brings Node, and what a handler gets its connections by.
      args: ['/faas/node', '/faas/app/src/handler/main.ts', ...command],
      env: [...image.env, 'NODE_NO_WARNINGS=1'],
      cwd: image.workingDir,
      user: NOBODY,
      noNewPrivileges: true,
    },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/tmp', type: 'tmpfs', source: 'tmpfs' },
      ...['/lib', '/lib64', '/usr/lib'].map((each) => bind(realpathSync(each), each)),
      bind(process.execPath, '/faas/node'),
      // Not the folder itself: nobody else may look into many people's projects.
      bind(join(APP, 'src'), '/faas/app/src'),
      bind(join(APP, 'package.json'), '/faas/app/package.json'),
      bind(findModules(), '/faas/node_modules'),
    ],
    linux: { namespaces: ['mount', 'pid', 'network', 'ipc', 'uts'].map((type) => ({ type })) },
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config, undefined, 2));
  return config;
}

function bind(source: string, destination: string) {
  return { destination, type: 'bind', source };
}

/** The folder of packages that the host's own come from. */
function findModules(): string {
  let folder = createRequire(import.meta.url).resolve('koffi');
  while (!folder.endsWith('/node_modules')) folder = dirname(folder);
  return folder;
}
