import { BusError } from '../errors.ts';
import type { ToBroker } from './messages.ts';

type Kind = 'string' | 'count' | 'any' | 'strings' | 'tasks' | 'effect' | 'string?';

/** What each message has to have; a broker trusts nobody. */
const FIELDS: Readonly<Record<ToBroker['type'], Readonly<Record<string, Kind>>>> = {
  hello: { protocol: 'count', name: 'string' },
  heartbeat: {},
  join: { topic: 'string', window: 'count' },
  submit: { batch: 'count', tasks: 'tasks' },
  effect: { task: 'string', lease: 'count', effect: 'effect' },
  settle: { tasks: 'strings' },
  publish: { topic: 'string', payload: 'any' },
  subscribe: { subscription: 'count', pattern: 'string', group: 'string?' },
  unsubscribe: { subscription: 'count' },
  ask: { question: 'count' },
};

const isString = (value: unknown): boolean => typeof value === 'string' && value.length > 0 && value.length <= 256;
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const CHECKS: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  string: isString,
  'string?': (value) => value === undefined || isString(value),
  count: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  any: () => true,
  strings: (value) => Array.isArray(value) && value.every(isString),
  tasks: (value) => Array.isArray(value) && value.every(isTask),
  effect: (value) => isObject(value) && (value['ok'] === true || (value['ok'] === false && isString(value['message']))),
};

/** @throws BusError PROTOCOL for what is no message of the protocol */
export function checkMessage(value: unknown): asserts value is ToBroker {
  const type = isObject(value) ? value['type'] : undefined;
  if (!isObject(value) || typeof type !== 'string' || !Object.hasOwn(FIELDS, type))
    throw new BusError('PROTOCOL', `This is no message: ${shorten(value)}`);
  for (const [name, kind] of Object.entries(FIELDS[type as ToBroker['type']]))
    if (!CHECKS[kind](value[name]))
      throw new BusError('PROTOCOL', `${name} of ${type} is not right: ${shorten(value[name])}`);
}

function isTask(value: unknown): boolean {
  return isObject(value) && isString(value['id']) && isString(value['topic']) && CHECKS['string?'](value['to']);
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
