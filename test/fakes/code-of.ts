import { errnoOf } from '../../src/core/kernel-error.js';

/** The code that a call is refused with, or `'ok'`. What is no kernel error is thrown on. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    return code;
  }
}
