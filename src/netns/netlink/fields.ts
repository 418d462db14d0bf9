import type { AttributeWriter } from './attribute-writer.js';
import type { Attributes } from './attributes.js';
import { findBooleanProblems, findChoiceProblems, findRangeProblems, type Range } from './checks.js';
import type { NumberNames } from './number-names.js';

/** USER_HZ is 100 on both architectures: times of bridges are in hundredths of a second. */
const MS_PER_TICK = 10;

/** One attribute whose value is one setting: how it is checked, written and read. */
export interface Field<T> {
  findProblems(name: string, value: unknown): readonly string[];
  write(writer: AttributeWriter, value: T): void;
  read(attributes: Attributes): T | undefined;
}

/** A field for each of some settings. */
export type Fields<S> = { readonly [K in keyof S]-?: Field<NonNullable<S[K]>> };

/** Settings as they were read; those that the kernel does not tell are `undefined`. */
export type FieldValues<S> = { readonly [K in keyof S]?: NonNullable<S[K]> | undefined };

/** What is wrong with the settings that are given. */
export function findFieldProblems<S extends object>(fields: Fields<S>, settings: S): readonly string[] {
  const problems: string[] = [];
  for (const name in fields) {
    const value = settings[name];
    if (value !== undefined) problems.push(...fields[name].findProblems(name, value));
  }
  return problems;
}

/** Writes the settings that are given. */
export function writeFields<S extends object>(writer: AttributeWriter, fields: Fields<S>, settings: S): void {
  for (const name in fields) {
    const value = settings[name];
    if (value !== undefined && value !== null) fields[name].write(writer, value);
  }
}

/** Reads all settings. */
export function readFields<S extends object>(fields: Fields<S>, attributes: Attributes): FieldValues<S> {
  const values: { -readonly [K in keyof S]?: NonNullable<S[K]> | undefined } = {};
  for (const name in fields) values[name] = fields[name].read(attributes);
  return values;
}

/** On or off, in one byte. */
export function flag8(type: number): Field<boolean> {
  return {
    findProblems: findBooleanProblems,
    write: (writer, value) => writer.u8(type, value ? 1 : 0),
    read: (attributes) => isOn(attributes.u8(type)),
  };
}

/** On or off, in four bytes. */
export function flag32(type: number): Field<boolean> {
  return {
    findProblems: findBooleanProblems,
    write: (writer, value) => writer.u32(type, value ? 1 : 0),
    read: (attributes) => isOn(attributes.u32(type)),
  };
}

export function number8(type: number, range: Range = [0, 0xff]): Field<number> {
  return {
    findProblems: (name, value) => findRangeProblems(name, value, range),
    write: (writer, value) => writer.u8(type, value),
    read: (attributes) => attributes.u8(type),
  };
}

export function number16(type: number, range: Range = [0, 0xffff]): Field<number> {
  return {
    findProblems: (name, value) => findRangeProblems(name, value, range),
    write: (writer, value) => writer.u16(type, value),
    read: (attributes) => attributes.u16(type),
  };
}

export function number32(type: number, range: Range = [0, 0xffffffff]): Field<number> {
  return {
    findProblems: (name, value) => findRangeProblems(name, value, range),
    write: (writer, value) => writer.u32(type, value),
    read: (attributes) => attributes.u32(type),
  };
}

/** Milliseconds, as ticks in four bytes. */
export function ticks32(type: number, rangeMs: Range = [0, 0xffffffff]): Field<number> {
  return {
    findProblems: (name, value) => findTickProblems(name, value, rangeMs),
    write: (writer, value) => writer.u32(type, value / MS_PER_TICK),
    read: (attributes) => toMs(attributes.u32(type)),
  };
}

/** Milliseconds, as ticks in eight bytes. */
export function ticks64(type: number, rangeMs: Range = [0, 0xffffffff]): Field<number> {
  return {
    findProblems: (name, value) => findTickProblems(name, value, rangeMs),
    write: (writer, value) => writer.u64(type, BigInt(value / MS_PER_TICK)),
    read: (attributes) => toMs(attributes.u64(type)),
  };
}

/** One of a few words, in one byte. A number without a name is not read. */
export function choice8<N extends string>(type: number, names: NumberNames<N>): Field<N> {
  return {
    findProblems: (name, value) => findChoiceProblems(name, value, names.names),
    write: (writer, value) => writer.u8(type, names.numberOf(value)),
    read: (attributes) => names.nameOf(attributes.u8(type) ?? -1),
  };
}

function isOn(value: number | undefined): boolean | undefined {
  return value === undefined ? undefined : value !== 0;
}

function toMs(ticks: number | bigint | undefined): number | undefined {
  return ticks === undefined ? undefined : Number(ticks) * MS_PER_TICK;
}

function findTickProblems(name: string, value: unknown, range: Range): readonly string[] {
  const problems = findRangeProblems(name, value, range);
  if (problems.length > 0 || Number(value) % MS_PER_TICK === 0) return problems;
  return [`${name} must be a multiple of ${MS_PER_TICK}, the kernel's tick; received ${String(value)}`];
}
