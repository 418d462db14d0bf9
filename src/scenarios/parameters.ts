import { quote } from '../core/errors.js';
import { suggest } from '../core/nearest.js';
import type { Json } from './scenario-result.js';

/** Units that are never negative. */
const UNITS = /(?:Ms|Seconds|PerSecond|Percent|Bytes|Count)$/;
const DEEPEST = 20;

/** What is wrong with the parameters of a scenario: they are plain data, and go into its result. */
export function findParameterMistakes(prefix: string, parameters: unknown): readonly string[] {
  if (!isPlainObject(parameters)) return [`${prefix} must be an object of plain data; received ${quote(parameters)}`];
  return Object.entries(parameters).flatMap(([name, value]) => findValueMistakes(`${prefix}.${name}`, value));
}

/** What is wrong with other values for some of the parameters. */
export function findQuickMistakes(prefix: string, quick: unknown, parameters: unknown): readonly string[] {
  if (!isPlainObject(quick)) return [`${prefix} must be an object; received ${quote(quick)}`];
  if (!isPlainObject(parameters)) return [];
  const known = Object.keys(parameters);
  return Object.entries(quick).flatMap(([name, value]) => {
    if (!known.includes(name)) {
      const there = known.length === 0 ? 'there are none' : `there are ${known.join(', ')}`;
      return [`${prefix}.${name} is no parameter${suggest(name, known) || `; ${there}`}`];
    }
    const usual = parameters[name];
    if (typeof usual === typeof value || usual === null || value === null)
      return findValueMistakes(`${prefix}.${name}`, value);
    return [`${prefix}.${name} must be a ${typeof usual}, as the parameter is; received ${quote(value)}`];
  });
}

/** Parameters as a result holds them. They were looked over. */
export function toJson(parameters: object): Readonly<Record<string, Json>> {
  const copy: Readonly<Record<string, Json>> = JSON.parse(JSON.stringify(parameters));
  return copy;
}

function findValueMistakes(path: string, value: unknown, depth = 0): readonly string[] {
  if (depth > DEEPEST) return [`${path} is nested too deeply, or in itself`];
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return [`${path} must be a finite number; received ${quote(value)}`];
    if (value < 0 && UNITS.test(path)) return [`${path} must be 0 or more; received ${quote(value)}`];
    return [];
  }
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return [];
  if (Array.isArray(value))
    return value.flatMap((each, index) => findValueMistakes(`${path}[${index}]`, each, depth + 1));
  if (isPlainObject(value))
    return Object.entries(value).flatMap(([name, each]) => findValueMistakes(`${path}.${name}`, each, depth + 1));
  return [`${path} must be plain data, that JSON can write and read back; received ${quote(value)}`];
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
