/** The kinds of a BTF type in the order of their numbers: include/uapi/linux/btf.h. */
export const BTF_KINDS = [
  'VOID',
  'INT',
  'PTR',
  'ARRAY',
  'STRUCT',
  'UNION',
  'ENUM',
  'FWD',
  'TYPEDEF',
  'VOLATILE',
  'CONST',
  'RESTRICT',
  'FUNC',
  'FUNC_PROTO',
  'VAR',
  'DATASEC',
  'FLOAT',
  'DECL_TAG',
  'TYPE_TAG',
  'ENUM64',
] as const;

/** What a BTF type is: `INT`, `STRUCT`, `FUNC`… */
export type BtfKind = (typeof BTF_KINDS)[number];

/** Who may see a function: its object file alone, everyone, or it is someone else's. */
export type BtfFunctionLinkage = 'static' | 'global' | 'extern';
/** The linkages of a FUNC and of a VAR in the order of their numbers. */
export const BTF_LINKAGES: readonly BtfFunctionLinkage[] = ['static', 'global', 'extern'];

/** The start of every blob of BTF: its magic number, version 1, no flags. */
export const BTF_MAGIC = 0xeb9f;
export const BTF_HEADER_BYTES = 24;
/** The part that all types share: name, kind with count, size or type. */
export const BTF_TYPE_BYTES = 12;

/** What follows that part: bytes always, and bytes for each member, parameter, value or variable. */
export const BTF_TRAILERS: Readonly<Record<BtfKind, readonly [fixedBytes: number, bytesPerItem: number]>> = {
  VOID: [0, 0],
  INT: [4, 0],
  PTR: [0, 0],
  ARRAY: [12, 0],
  STRUCT: [0, 12],
  UNION: [0, 12],
  ENUM: [0, 8],
  FWD: [0, 0],
  TYPEDEF: [0, 0],
  VOLATILE: [0, 0],
  CONST: [0, 0],
  RESTRICT: [0, 0],
  FUNC: [0, 0],
  FUNC_PROTO: [0, 8],
  VAR: [4, 0],
  DATASEC: [0, 12],
  FLOAT: [0, 0],
  DECL_TAG: [4, 0],
  TYPE_TAG: [0, 0],
  ENUM64: [0, 12],
};
