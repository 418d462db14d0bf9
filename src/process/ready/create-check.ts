import { createLogCheck } from './ready-log.js';
import type { ReadySpec } from './ready-spec.js';
import type { ReadyCheck } from './ready-target.js';

/** The check that a spec asks for; a new one for each start. @throws UsageError for what is no spec */
export function createReadyCheck(spec: ReadySpec): ReadyCheck {
  if (typeof spec === 'function') {
    return {
      description: spec.name === '' || spec.name === 'ready' ? 'its function' : `${spec.name}()`,
      wait: async (target, signal) => {
        await spec(target, signal);
      },
    };
  }
  return createLogCheck(spec.log);
}
