import { GloveboxError } from '../../core/errors.js';
import type { ExploreResult } from './report.js';

/**
 * Exploration found a case after which an invariant does not hold, or a scenario that fails without any fault. The
 * message is the report; the error of the first invariant that did not hold is its `cause`.
 */
export class ExploreError extends GloveboxError {
  override readonly name = 'ExploreError';
  /** What was found; undefined when the scenario fails without any fault. */
  readonly result: ExploreResult | undefined;

  constructor(message: string, details: { readonly result?: ExploreResult; readonly cause?: unknown }) {
    super('ERR_GLOVEBOX_EXPLORE', message, 'cause' in details ? { cause: details.cause } : {});
    this.result = details.result;
  }
}
