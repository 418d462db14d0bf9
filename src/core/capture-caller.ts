/** The line that called a function, which runs: `at /home/me/relay.test.ts:12:5`. */
export function captureCaller(called: (...args: never[]) => unknown): string | undefined {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, called);
  const line = holder.stack?.split('\n')[1]?.trim();
  return line?.replace(/^at .*\((.*)\)$/, 'at $1').replace('file://', '');
}
