import { quote, UsageError } from '../../../core/errors.js';
import { findFigureMistakes } from './figure.js';
import type { MeasureSource, PollOptions, SourceContext } from './measure-source.js';
import { type MetricChoice, MetricTaker } from './metric-taker.js';
import { type Exposition, parseExposition } from './parse-exposition.js';
import { findPollMistakes, splitOptions } from './poll-options.js';
import { type EndpointAnswer, type Fetch, readEndpoint } from './read-endpoint.js';

/** What is read at an endpoint. */
export interface FromPrometheusOptions extends PollOptions {
  /**
   * Which metrics are taken, by their names as they are exposed: `tasks_done_total`.
   *
   * @defaultValue all, each as what it is exposed as, its series added up
   */
  readonly metrics?: readonly (string | MetricChoice)[];
  /** Whose they are. */
  readonly actor?: string;
  /** A label whose value says whose a series is, for an endpoint that tells of several. */
  readonly actorLabel?: string;
  /** Its counters may go back to 0, for its process may start anew: no problem then. @defaultValue false */
  readonly mayRestart?: boolean;
  /** What is sent along: `{ authorization: 'Bearer …' }`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How much of an answer is read, in bytes. @defaultValue 4194304, 4 MiB */
  readonly limitBytes?: number;
  /** What gets it, such as `host.fetch` inside a lab. @defaultValue the global fetch */
  readonly fetch?: Fetch;
}

const LIMIT_BYTES = 4 * 2 ** 20;
const TIMEOUT_MS = 1000;
const CONTENT_TYPES = ['text/plain', 'application/openmetrics-text'];
const KNOWN = ['metrics', 'actor', 'actorLabel', 'mayRestart', 'headers', 'limitBytes', 'fetch'];

/**
 * Figures that a program exposes over HTTP in the text format of Prometheus or OpenMetrics: counters, gauges, and of
 * histograms the samples, each as large as the upper edge of its bucket. A look may take a second if nothing else is
 * said. An endpoint that hangs, has no end, or tells what cannot be is a problem, told once with how often it was; what
 * could be read of it is kept.
 *
 * @throws UsageError
 *
 * @example
 * ```ts
 * fromPrometheus('http://127.0.0.1:9100/metrics', {
 *   metrics: ['queue_length', { metric: 'tasks_done_total', name: 'tasks done', unit: 'tasks' }],
 *   intervalMs: 500,
 * });
 * ```
 */
export function fromPrometheus(url: string | URL, options: FromPrometheusOptions = {}): MeasureSource {
  const { poll, rest } = splitOptions('fromPrometheus', options);
  const mistakes = [...findPollMistakes(poll), ...findMistakes(url, rest)];
  if (mistakes.length > 0) throw new UsageError('fromPrometheus', mistakes);
  const { headers = {}, limitBytes = LIMIT_BYTES, fetch = globalThis.fetch } = rest;
  return {
    name: String(url),
    timeoutMs: TIMEOUT_MS,
    ...poll,
    begin: (context) => {
      const taker = new MetricTaker(context, rest);
      return {
        poll: async (signal) => {
          const answer = await readEndpoint(String(url), { fetch, headers, signal, limitBytes });
          const exposition = readAnswer(answer, context, limitBytes);
          // What comes too late would be put down to the wrong time.
          if (exposition !== undefined && !signal.aborted) taker.take(exposition);
        },
      };
    },
  };
}

/** What an answer tells; nothing where it cannot be metrics at all. */
function readAnswer(answer: EndpointAnswer, { problem }: SourceContext, limitBytes: number): Exposition | undefined {
  const { status, contentType, text, isCut } = answer;
  if (status !== 200) {
    problem('status', `answered with status ${status}: ${quote(text.slice(0, 200))}`);
    return undefined;
  }
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type !== '' && !CONTENT_TYPES.includes(type)) {
    problem('content type', `is served as ${quote(contentType)}, not as ${CONTENT_TYPES.join(' or ')}`);
    return undefined;
  }
  if (isCut) problem('too large', `tells more than ${limitBytes} bytes; the rest was not read`);
  // Of what was cut, the last line may be half.
  const exposition = parseExposition(isCut ? text.slice(0, text.lastIndexOf('\n') + 1) : text);
  const { mistakes, isEnded } = exposition;
  if (type === CONTENT_TYPES[1] && !isEnded && !isCut) problem('no end', 'ends without # EOF: something is missing');
  if (mistakes.length > 0) {
    const more = mistakes.length === 1 ? '' : `, and ${mistakes.length - 1} more`;
    problem('garbage', `tells what is no metric: ${mistakes[0]}${more}`);
  }
  return exposition;
}

function findMistakes(url: unknown, options: FromPrometheusOptions): string[] {
  const mistakes = Object.keys(options)
    .filter((name) => !KNOWN.includes(name))
    .map((name) => `${quote(name)} is no option; there are ${KNOWN.join(', ')}, intervalMs, timeoutMs, mayBeAway`);
  const protocol = URL.canParse(String(url)) ? new URL(String(url)).protocol : '';
  if (protocol !== 'http:' && protocol !== 'https:') {
    mistakes.push(`url must be that of an endpoint, such as "http://127.0.0.1:9100/metrics"; received ${quote(url)}`);
  }
  const { metrics = [], limitBytes, actor, actorLabel } = options;
  if (limitBytes !== undefined && !(Number.isSafeInteger(limitBytes) && limitBytes > 0)) {
    mistakes.push(`limitBytes must be a whole number above 0; received ${quote(limitBytes)}`);
  }
  if (actor !== undefined && actorLabel !== undefined) {
    mistakes.push(
      'actor and actorLabel exclude each other: the one says whose all is, the other reads it from a label',
    );
  }
  if (!Array.isArray(metrics)) return [...mistakes, `metrics must be a list; received ${quote(metrics)}`];
  for (const [index, choice] of (metrics as readonly unknown[]).entries()) {
    mistakes.push(...findChoiceMistakes(`metrics[${index}]`, choice));
  }
  return mistakes;
}

function findChoiceMistakes(path: string, choice: unknown): readonly string[] {
  if (typeof choice === 'string' && choice !== '') return [];
  if (typeof choice !== 'object' || choice === null || !('metric' in choice) || typeof choice.metric !== 'string') {
    return [`${path} must be the name of a metric, or an object with the field metric; received ${quote(choice)}`];
  }
  const { metric: _, labels, ...figure } = choice as MetricChoice;
  const isMap = labels === undefined || (typeof labels === 'object' && labels !== null);
  return [
    ...(isMap ? [] : [`${path}.labels must be an object; received ${quote(labels)}`]),
    ...findFigureMistakes(path, figure),
  ];
}
