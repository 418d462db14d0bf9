import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandOf, type Image } from '../image/image.ts';

/** A bundle: a folder with a configuration in it. */
export interface Bundle {
  readonly folder: string;
  readonly config: BundleConfig;
}

/** The part of an OCI runtime configuration that is used. */
interface BundleConfig {
  readonly ociVersion: string;
  readonly root: { readonly path: string; readonly readonly: boolean };
  readonly process: {
    readonly args: readonly string[];
    readonly env: readonly string[];
    readonly cwd: string;
    readonly user: { readonly uid: number; readonly gid: number };
    readonly noNewPrivileges: boolean;
    /** None, as nobody has none. */
    readonly capabilities: Readonly<Record<string, never>>;
  };
  readonly mounts: readonly Mount[];
  readonly linux: { readonly namespaces: readonly { readonly type: string }[] };
}

interface Mount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

const APP = fileURLToPath(new URL('../..', import.meta.url));
const NOBODY = { uid: 65_534, gid: 65_534 };

/** Writes a bundle. @throws FaasError INVALID_IMAGE for an image that runs nothing */
export function writeBundle(folder: string, image: Image, archive: string, rootfs: string): Bundle {
  const command = commandOf(image, archive);
  const config: BundleConfig = {
    ociVersion: '1.0.2',
    root: { path: rootfs, readonly: true },
    process: {
      // The host brings Node, and what a handler gets its connections by.
      args: ['/faas/node', `/faas/app/src/handler/main${extname(import.meta.url)}`, ...command],
      env: [...image.env, 'NODE_NO_WARNINGS=1', `FAAS_CWD=${image.workingDir}`],
      cwd: image.workingDir,
      user: NOBODY,
      noNewPrivileges: true,
      capabilities: {},
    },
    mounts: [
      virtual('proc', '/proc'),
      virtual('tmpfs', '/tmp'),
      // For runc's devices: else it makes them in the root that others have, too.
      virtual('tmpfs', '/dev', ['nosuid', 'mode=755']),
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
  return { folder, config };
}

function virtual(type: string, destination: string, options: readonly string[] = ['nosuid', 'nodev']): Mount {
  return { destination, type, source: type, options };
}

function bind(source: string, destination: string): Mount {
  return { destination, type: 'bind', source, options: ['bind', 'ro', 'nosuid', 'nodev'] };
}

/** The folder of packages that the host's own come from. */
function findModules(): string {
  let folder = createRequire(import.meta.url).resolve('koffi');
  while (!folder.endsWith('/node_modules')) folder = dirname(folder);
  return folder;
}
