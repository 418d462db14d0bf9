import type { BtfFunctionLinkage } from './kinds.js';

interface Named {
  readonly name: string;
}

/** A member of a struct or union. */
export interface BtfMember extends Named {
  readonly type: number;
  readonly offsetBits: number;
  /** 0 for what is no bit field. */
  readonly widthBits: number;
}

/** A parameter of a function; the last one of a function with `...` has type 0. */
export interface BtfParameter extends Named {
  readonly type: number;
}

/** A constant of an enumeration. */
export interface BtfEnumerator extends Named {
  readonly value: bigint;
}

/** A variable of a data section. */
export interface BtfSectionVariable {
  /** The id of a VAR. */
  readonly type: number;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

/** A type of BTF, decoded: include/uapi/linux/btf.h. Other types are given by their ids; 0 is `void`. */
export type BtfType =
  | ({ readonly kind: 'VOID' } & Named)
  | ({ readonly kind: 'INT'; readonly sizeBytes: number; readonly encoding: number; readonly bits: number } & Named)
  | ({
      readonly kind: 'PTR' | 'TYPEDEF' | 'VOLATILE' | 'CONST' | 'RESTRICT' | 'TYPE_TAG';
      readonly type: number;
    } & Named)
  | ({ readonly kind: 'ARRAY'; readonly element: number; readonly index: number; readonly length: number } & Named)
  | ({
      readonly kind: 'STRUCT' | 'UNION';
      readonly sizeBytes: number;
      readonly members: readonly BtfMember[];
    } & Named)
  | ({
      readonly kind: 'ENUM' | 'ENUM64';
      readonly sizeBytes: number;
      readonly values: readonly BtfEnumerator[];
    } & Named)
  | ({ readonly kind: 'FWD'; readonly of: 'struct' | 'union' } & Named)
  | ({ readonly kind: 'FUNC'; readonly type: number; readonly linkage: BtfFunctionLinkage } & Named)
  | ({ readonly kind: 'FUNC_PROTO'; readonly returns: number; readonly parameters: readonly BtfParameter[] } & Named)
  | ({ readonly kind: 'VAR'; readonly type: number; readonly linkage: BtfFunctionLinkage } & Named)
  | ({
      readonly kind: 'DATASEC';
      readonly sizeBytes: number;
      readonly variables: readonly BtfSectionVariable[];
    } & Named)
  | ({ readonly kind: 'FLOAT'; readonly sizeBytes: number } & Named)
  | ({ readonly kind: 'DECL_TAG'; readonly type: number; readonly component: number } & Named);
