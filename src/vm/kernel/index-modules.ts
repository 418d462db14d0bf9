import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { leaveToOwner } from '../cache-folder.js';
import { runTool } from './run-tool.js';
import type { VmKernel } from './vm-kernel.js';

const DEPMOD = ['/usr/sbin/depmod', '/sbin/depmod'];

/**
 * Makes what modprobe(8) looks names up in, so that a guest that sees the folder can load modules when its kernel asks for
 * them. Packages do not bring it. `false` where there is no depmod(8), or the folder is not this user's.
 */
export async function indexModules(
  { modulesFolder, release }: VmKernel,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<boolean> {
  if (modulesFolder === undefined) return false;
  const index = join(modulesFolder, 'modules.dep');
  if (existsSync(index)) return true;
  const depmod = DEPMOD.find((each) => existsSync(each));
  const base = modulesFolder.endsWith(`/lib/modules/${release}`) ? join(modulesFolder, '../../..') : undefined;
  if (depmod === undefined || base === undefined) return false;
  const { code } = await runTool([depmod, '--basedir', base, release], { signal });
  leaveToOwner(modulesFolder);
  return code === 0 && existsSync(index);
}
