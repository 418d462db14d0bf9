import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder, and those that it lies in. Node's own `recursive` never ends where a file system says of a new folder
 * that it does not exist, as that of `/proc` does (node's src/node_file.cc, MKDirpAsync).
 *
 * @throws the file system's error
 */
export async function makeFolders(folder: string): Promise<void> {
  if (await isFolder(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder && !(await isFolder(parent))) await makeFolders(parent);
  try {
    await mkdir(folder);
  } catch (error) {
    // Somebody else may have made it in between.
    if (!(await isFolder(folder))) throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
