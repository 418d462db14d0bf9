import { quote, UsageError } from '../../../core/errors.js';
import { createFigure, type FigureOptions, findFigureMistakes, type TakeFigure } from './figure.js';
import type { MeasureSource, PollOptions } from './measure-source.js';
import { findPollMistakes, splitOptions } from './poll-options.js';

/** What answers a command by its control channel; a `MockWorker` is one. */
export interface AskedWorker<Command extends string> {
  readonly name: string;
  call(command: Command): Promise<unknown>;
}

/** What becomes of a worker's answer. */
export interface FromWorkerOptions extends PollOptions {
  /**
   * What becomes of each figure of the answer: of its field `done`, or `queue.length` where it lies deeper; of the answer
   * itself, where that is a number, `''`. Only these are taken.
   *
   * @defaultValue every number in the answer, as a gauge with the name of its field
   */
  readonly measures?: Readonly<Record<string, FigureOptions>>;
  /** Whose they are. @defaultValue the worker's name */
  readonly actor?: string;
}

const DEEPEST = 5;

/**
 * Figures that a worker tells: a command of its own is called again and again.
 *
 * @throws UsageError
 *
 * @example
 * ```ts
 * fromWorker(worker, 'stats', { measures: { done: { kind: 'counter', name: 'tasks done' }, 'queue.length': { unit: 'tasks' } } });
 * ```
 */
export function fromWorker<Command extends string>(
  worker: AskedWorker<Command>,
  command: Command,
  options: FromWorkerOptions = {},
): MeasureSource {
  const { poll, rest } = splitOptions('fromWorker', options);
  const mistakes = [...findPollMistakes(poll), ...findMistakes(worker, command, rest)];
  if (mistakes.length > 0) throw new UsageError('fromWorker', mistakes);
  const { measures: asked, actor = worker.name } = rest;
  return {
    name: `${worker.name}, asked for ${quote(command)}`,
    ...poll,
    begin: ({ measures, problem }) => {
      const takers = new Map<string, TakeFigure>();
      const create = (path: string, figure: FigureOptions): TakeFigure => {
        const taker = createFigure(measures, { name: path === '' ? command : path, actor, ...figure });
        takers.set(path, taker);
        return taker;
      };
      for (const [path, figure] of Object.entries(asked ?? {})) create(path, figure);
      return {
        poll: async (signal) => {
          const answer = await worker.call(command);
          // What comes too late would be put down to the wrong time.
          if (signal.aborted) return;
          const paths = asked === undefined ? listNumbers(answer) : Object.keys(asked);
          for (const path of paths) {
            const mistake = (takers.get(path) ?? create(path, {}))(readField(answer, path));
            if (mistake !== undefined) problem(mistake.kind, mistake.message);
          }
          if (paths.length === 0) problem('nothing', `told no number: ${quote(answer)}`);
        },
      };
    },
  };
}

function listNumbers(value: unknown, path = '', depth = 0): readonly string[] {
  if (typeof value === 'number') return [path];
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth === DEEPEST) return [];
  return Object.entries(value).flatMap(([key, field]) =>
    listNumbers(field, path === '' ? key : `${path}.${key}`, depth + 1),
  );
}

function readField(answer: unknown, path: string): unknown {
  if (path === '') return answer;
  let value: unknown = answer;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

function findMistakes(
  worker: unknown,
  command: unknown,
  { measures = {}, actor, ...more }: FromWorkerOptions,
): string[] {
  const mistakes = Object.keys(more).map((name) => `${quote(name)} is no option`);
  const isWorker =
    typeof worker === 'object' && worker !== null && 'call' in worker && typeof worker.call === 'function';
  if (!isWorker) mistakes.push(`worker must be a mock worker; received ${quote(worker)}`);
  if (typeof command !== 'string' || command === '') {
    mistakes.push(`command must be the name of a command; received ${quote(command)}`);
  }
  if (actor !== undefined && (typeof actor !== 'string' || actor === '')) {
    mistakes.push(`actor must be a text that is not empty; received ${quote(actor)}`);
  }
  for (const [path, figure] of Object.entries(measures)) {
    mistakes.push(...findFigureMistakes(`measures[${quote(path)}]`, figure));
  }
  return mistakes;
}
