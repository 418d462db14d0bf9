/** Whether a path is that of a folder, or of something in it; neither ends in a slash. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
