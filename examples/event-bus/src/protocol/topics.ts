import { BusError } from '../errors.ts';

/** What a collector can collect. */
export const COLLECTOR_KINDS = ['process', 'network', 'filesystem'] as const;
export type CollectorKind = (typeof COLLECTOR_KINDS)[number];

/** Of tasks for the collectors of a kind. */
export function taskTopic(kind: CollectorKind): string {
  return `control.collector.task.${kind}`;
}

/** Where the broker tells of collectors that it has lost, and that have come back. */
export const COLLECTOR_LOST = 'control.collector.lost';
export const COLLECTOR_BACK = 'control.collector.back';

const TOPIC = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
const PATTERN = /^([A-Za-z0-9_-]+|\*)(\.([A-Za-z0-9_-]+|\*))*(\.>)?$|^>$/;

/** @throws BusError INVALID_ARGUMENT */
export function checkTopic(topic: string): void {
  if (!TOPIC.test(topic))
    throw new BusError('INVALID_ARGUMENT', `${JSON.stringify(topic)} is no topic: words with dots between`);
}

/**
 * A function that tells whether a topic is one of a pattern: `*` stands for a word, `>` at the end for one or more.
 *
 * @throws BusError INVALID_ARGUMENT
 */
export function compilePattern(pattern: string): (topic: string) => boolean {
  if (!PATTERN.test(pattern))
    throw new BusError(
      'INVALID_ARGUMENT',
      `${JSON.stringify(pattern)} is no pattern: words with dots between, * for any word, > at the end for the rest`,
    );
  if (TOPIC.test(pattern)) return (topic) => topic === pattern;
  const words = pattern.split('.').map((word) => (word === '*' ? '[^.]+' : word === '>' ? '.+' : word));
  const expression = new RegExp(`^${words.join('\\.')}$`);
  return (topic) => expression.test(topic);
}
