import process from 'node:process';

/** Has something read this process's input meanwhile, key by key where that is a terminal; afterwards it keeps nobody. */
export async function withInput<T>(isTerminal: boolean, run: (input: NodeJS.ReadStream) => Promise<T>): Promise<T> {
  const { stdin } = process;
  if (isTerminal) stdin.setRawMode(true);
  try {
    return await run(stdin);
  } finally {
    stdin.pause();
    // A pipe that nobody closes would keep this process.
    stdin.unref?.();
    if (isTerminal) stdin.setRawMode(false);
  }
}
