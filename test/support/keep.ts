import { onTestFinished } from 'vitest';

/** Something that goes when the test is over. */
export function keep<T extends AsyncDisposable>(thing: T): T {
  onTestFinished(() => thing[Symbol.asyncDispose]());
  return thing;
}
