import type { SQLOutputValue } from 'node:sqlite';
import type { Direction } from 'glovebox/kernel';
import {
  type Device,
  type DispatcherKind,
  type DispatcherRecord,
  type LinkRecord,
  MANAGED_TYPES,
  type ManagedType,
  type ProgramRecord,
} from '../model.js';

/** One row as SQLite gives it. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

export function toProgram(row: Row, metadata: readonly Row[]): ProgramRecord {
  return {
    id: integer(row, 'id'),
    name: text(row, 'name'),
    type: oneOf(row, 'type', MANAGED_TYPES) satisfies ManagedType,
    attachTo: optionalText(row, 'attach_to'),
    metadata: Object.fromEntries(metadata.map((each) => [text(each, 'key'), text(each, 'value')])),
    pinPath: text(row, 'pin_path'),
  };
}

export function toDispatcher(row: Row): DispatcherRecord {
  return {
    kind: dispatcherKind(row, 'kind'),
    ...toDevice(row),
    revision: integer(row, 'revision'),
    programId: integer(row, 'program_id'),
    filterHandle: optionalInteger(row, 'filter_handle'),
  };
}

export function toLink(row: Row): LinkRecord {
  return {
    id: integer(row, 'id'),
    programId: integer(row, 'program_id'),
    kernelId: integer(row, 'kernel_id'),
    pinPath: text(row, 'pin_path'),
    device: row['ifindex'] === null ? undefined : toDevice(row),
    direction: row['direction'] === null ? undefined : (oneOf(row, 'direction', DIRECTIONS) satisfies Direction),
    target: optionalText(row, 'target'),
    priority: optionalInteger(row, 'priority'),
    slot:
      row['dispatcher_kind'] === null
        ? undefined
        : {
            kind: dispatcherKind(row, 'dispatcher_kind'),
            position: integer(row, 'position'),
            proceedOn: integer(row, 'proceed_on'),
          },
    detachPending: integer(row, 'detach_pending') === 1,
  };
}

const DIRECTIONS = ['ingress', 'egress'] as const;
const DISPATCHER_KINDS = ['xdp', 'tc-ingress', 'tc-egress'] as const;

function toDevice(row: Row): Device {
  return {
    interfaceName: text(row, 'interface_name'),
    ifindex: integer(row, 'ifindex'),
    netnsPath: optionalText(row, 'netns_path'),
    netns: integer(row, 'netns'),
  };
}

function dispatcherKind(row: Row, column: string): DispatcherKind {
  return oneOf(row, column, DISPATCHER_KINDS);
}

function oneOf<T extends string>(row: Row, column: string, values: readonly T[]): T {
  const value = values.find((each) => each === row[column]);
  if (value === undefined) throw unexpected(row, column, values.join(', '));
  return value;
}

function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw unexpected(row, column, 'text');
  return value;
}

export function integer(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw unexpected(row, column, 'an integer');
  return value;
}

function optionalText(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : text(row, column);
}

function optionalInteger(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : integer(row, column);
}

function unexpected(row: Row, column: string, expected: string): Error {
  return new Error(`the database has ${String(row[column])} in column ${column}, where ${expected} belongs`);
}
