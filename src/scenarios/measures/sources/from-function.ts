import { quote, UsageError } from '../../../core/errors.js';
import { createFigure, type FigureOptions, findFigureMistakes } from './figure.js';
import type { MeasureSource, PollOptions } from './measure-source.js';
import { findPollMistakes, splitOptions } from './poll-options.js';

/** How a function's figure is taken. */
export interface FromFunctionOptions extends PollOptions, Omit<FigureOptions, 'name'> {}

/**
 * A figure that the test itself knows: the function is called again and again, and what it returns is a measure; a gauge
 * if nothing else is said.
 *
 * @throws UsageError
 *
 * @example
 * ```ts
 * fromFunction('queue length', () => broker.queueLength, { unit: 'tasks', intervalMs: 100 });
 * ```
 */
export function fromFunction(name: string, read: () => unknown, options: FromFunctionOptions = {}): MeasureSource {
  const { poll, rest } = splitOptions('fromFunction', options);
  const mistakes = [...findPollMistakes(poll), ...findFigureMistakes('options', rest)];
  if (typeof name !== 'string' || name === '')
    mistakes.push(`name must be a text that is not empty; received ${quote(name)}`);
  if (typeof read !== 'function') mistakes.push(`read must be a function; received ${quote(read)}`);
  if (mistakes.length > 0) throw new UsageError('fromFunction', mistakes);
  return {
    name,
    ...poll,
    begin: ({ measures, problem }) => {
      const take = createFigure(measures, { ...rest, name });
      return {
        poll: async () => {
          const mistake = take(await read());
          if (mistake !== undefined) problem(mistake.kind, mistake.message);
        },
      };
    },
  };
}
