import { quote, UsageError } from '../../../core/errors.js';
import {
  BTF_HEADER_BYTES,
  BTF_KINDS,
  BTF_LINKAGES,
  BTF_MAGIC,
  type BtfFunctionLinkage,
  type BtfKind,
} from './kinds.js';

/** The id of a type in its blob; 0 is `void`. */
export type BtfTypeId = number;

/** A member of a struct. */
export interface BtfMemberSpec {
  readonly name: string;
  readonly type: BtfTypeId;
  readonly offsetBytes: number;
}

/** A variable's place in its data section. */
export interface BtfPlacedVariable {
  readonly variable: BtfTypeId;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

interface Fields {
  readonly name?: string;
  /** A size in bytes or the id of another type. */
  readonly value?: number;
  /** What the lower 16 bits of the information word hold: a count, or a linkage. */
  readonly length?: number;
  readonly trailer?: readonly number[];
}

/** Names as the kernel takes them: kernel/bpf/btf.c, btf_name_valid_identifier; data sections begin with a dot. */
const NAME = /^[A-Za-z_.][A-Za-z0-9_.]*$/;

/**
 * Makes a small blob of BTF: the types of a program that was assembled and not compiled. Every method adds a type and
 * returns its id.
 *
 * @example
 * ```ts
 * const btf = new BtfBuilder();
 * const int = btf.int('int', 4);
 * const context = btf.pointer(btf.struct('xdp_md', 24));
 * const proto = btf.functionProto(int, [{ name: 'ctx', type: context }]);
 * const slot = btf.function('slot', proto, 'global');
 * const blob = btf.build(); // for BPF_BTF_LOAD
 * ```
 */
export class BtfBuilder {
  readonly #words: number[] = [];
  readonly #strings = new Map<string, number>([['', 0]]);
  #stringBytes = 1;
  #count = 0;

  /** The id that the next type will have, for types that refer to themselves. */
  get nextId(): BtfTypeId {
    return this.#count + 1;
  }

  /** @param options.signed - @defaultValue true */
  int(name: string, sizeBytes: number, options: { readonly signed?: boolean } = {}): BtfTypeId {
    const encoding = options.signed === false ? 0 : 1;
    return this.#add('INT', { name, value: sizeBytes, trailer: [(encoding << 24) | (sizeBytes * 8)] });
  }

  pointer(to: BtfTypeId): BtfTypeId {
    return this.#add('PTR', { value: to });
  }

  const(of: BtfTypeId): BtfTypeId {
    return this.#add('CONST', { value: of });
  }

  typedef(name: string, of: BtfTypeId): BtfTypeId {
    return this.#add('TYPEDEF', { name, value: of });
  }

  array(element: BtfTypeId, index: BtfTypeId, length: number): BtfTypeId {
    return this.#add('ARRAY', { trailer: [element, index, length] });
  }

  /** A struct, of which the members may be left out where only its name matters. */
  struct(name: string, sizeBytes: number, members: readonly BtfMemberSpec[] = []): BtfTypeId {
    const trailer = members.flatMap((member) => [this.#intern(member.name), member.type, member.offsetBytes * 8]);
    return this.#add('STRUCT', { name, value: sizeBytes, length: members.length, trailer });
  }

  /** What a function takes and returns. The kernel wants a name for every parameter. */
  functionProto(
    returns: BtfTypeId,
    parameters: readonly { readonly name: string; readonly type: BtfTypeId }[],
  ): BtfTypeId {
    const trailer = parameters.flatMap(({ name, type }) => [this.#intern(name), type]);
    return this.#add('FUNC_PROTO', { value: returns, length: parameters.length, trailer });
  }

  /** A function. Extensions can replace a global one; a static one is verified as a part of its callers. */
  function(name: string, proto: BtfTypeId, linkage: BtfFunctionLinkage): BtfTypeId {
    return this.#add('FUNC', { name, value: proto, length: BTF_LINKAGES.indexOf(linkage) });
  }

  variable(name: string, type: BtfTypeId, linkage: 'static' | 'global'): BtfTypeId {
    return this.#add('VAR', { name, value: type, trailer: [BTF_LINKAGES.indexOf(linkage)] });
  }

  dataSection(name: string, sizeBytes: number, variables: readonly BtfPlacedVariable[]): BtfTypeId {
    const trailer = variables.flatMap((each) => [each.variable, each.offsetBytes, each.sizeBytes]);
    return this.#add('DATASEC', { name, value: sizeBytes, length: variables.length, trailer });
  }

  /** The blob so far, as BPF_BTF_LOAD takes it. */
  build(): Uint8Array {
    const typeBytes = this.#words.length * 4;
    const bytes = new Uint8Array(BTF_HEADER_BYTES + typeBytes + this.#stringBytes);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, BTF_MAGIC, true);
    view.setUint8(2, 1);
    // The header's length, then offset and length of the types and of the strings, counted from the header's end.
    const header = [BTF_HEADER_BYTES, 0, typeBytes, typeBytes, this.#stringBytes];
    for (const [index, word] of header.entries()) view.setUint32(4 + index * 4, word, true);
    for (const [index, word] of this.#words.entries()) view.setUint32(BTF_HEADER_BYTES + index * 4, word, true);
    const encoder = new TextEncoder();
    for (const [text, offset] of this.#strings) bytes.set(encoder.encode(text), BTF_HEADER_BYTES + typeBytes + offset);
    return bytes;
  }

  #add(kind: BtfKind, { name = '', value = 0, length = 0, trailer = [] }: Fields): BtfTypeId {
    const information = (BTF_KINDS.indexOf(kind) << 24) | length;
    this.#words.push(this.#intern(name), information, value, ...trailer);
    this.#count += 1;
    return this.#count;
  }

  #intern(text: string): number {
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    if (!NAME.test(text)) {
      throw new UsageError('BtfBuilder', `a name consists of letters, digits, "_" and "."; received ${quote(text)}`);
    }
    const offset = this.#stringBytes;
    this.#strings.set(text, offset);
    this.#stringBytes += text.length + 1;
    return offset;
  }
}
