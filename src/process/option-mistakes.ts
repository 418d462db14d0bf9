import { quote } from '../core/errors.js';
import type { Isolation } from './spawn-options.js';

/** All of them, the most first. */
export const ISOLATIONS: readonly Isolation[] = ['full', 'cgroup', 'none'];

/** What is wrong with something that is given to a program as it is. */
export function findWordMistakes(name: string, value: unknown): readonly string[] {
  if (typeof value !== 'string') return [`${name} must be a string, not ${quote(value)}`];
  return value.includes('\0') ? [`${name} must not contain a NUL character; received ${quote(value)}`] : [];
}

/** What is wrong with one of a few words, where one was given. */
export function findChoiceMistakes(name: string, value: unknown, choices: readonly string[]): readonly string[] {
  if (value === undefined || (typeof value === 'string' && choices.includes(value))) return [];
  const quoted = choices.map((each) => quote(each));
  return [`${name} must be ${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}, not ${quote(value)}`];
}

/** What is wrong with variables of the environment, where some were given. */
export function findEnvMistakes(env: unknown): readonly string[] {
  if (env === undefined) return [];
  if (typeof env !== 'object' || env === null) return [`env must be an object of strings, not ${quote(env)}`];
  return Object.entries(env).flatMap(([name, value]) =>
    value === undefined ? [] : findWordMistakes(`env.${name}`, value),
  );
}
