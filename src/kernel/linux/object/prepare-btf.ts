import type { Btf } from '../btf/btf.js';
import { BTF_TYPE_BYTES } from '../btf/kinds.js';
import { readBtf } from '../btf/read-btf.js';
import type { ElfFile, ElfSymbol } from './elf.js';

/**
 * Reads the BTF of an object and completes what a compiler leaves to the loader: the sizes of data sections and the
 * places of their global variables, which only the ELF part knows, and the linkage of functions that are hidden and so,
 * for the kernel, static. The file's own bytes stay as they are.
 *
 * The kernel wants sections of a size and variables in the order of their places: kernel/bpf/btf.c, btf_datasec_resolve.
 *
 * @throws UsageError
 */
export function prepareBtf(elf: ElfFile, contents: Uint8Array): Btf {
  const btf = readBtf(new Uint8Array(contents));
  const view = new DataView(btf.bytes.buffer);
  const sections = new Map(elf.sections.map((section) => [section.name, section]));
  const symbols = new Map(elf.symbols.map((symbol) => [`${symbol.section}:${symbol.name}`, symbol]));
  const hidden = new Set(elf.symbols.filter(isHiddenFunction).map(({ name }) => name));

  for (let id = 1; id <= btf.typeCount; id += 1) {
    const kind = btf.kindOf(id);
    if (kind === 'FUNC') {
      if (hidden.size > 0) hideFunction(btf, view, id, hidden);
    } else if (kind === 'DATASEC') {
      const section = sections.get(btf.type(id).name);
      if (section === undefined) continue;
      view.setUint32(btf.offsetOf(id) + 8, section.sizeBytes, true);
      placeVariables(btf, view, id, (name) => symbols.get(`${section.index}:${name}`));
    }
  }
  return btf;
}

function isHiddenFunction({ kind, binding, hidden }: ElfSymbol): boolean {
  return kind === 'function' && binding !== 'local' && hidden;
}

function hideFunction(btf: Btf, view: DataView, id: number, hidden: ReadonlySet<string>): void {
  const type = btf.type(id);
  // The linkage, global (1) here, is in the lower half of the information word; static is 0.
  if (type.kind === 'FUNC' && type.linkage === 'global' && hidden.has(type.name)) {
    view.setUint16(btf.offsetOf(id) + 4, 0, true);
  }
}

function placeVariables(
  btf: Btf,
  view: DataView,
  id: number,
  findSymbol: (name: string) => ElfSymbol | undefined,
): void {
  const section = btf.type(id);
  if (section.kind !== 'DATASEC') return;
  const placed = section.variables.map((entry) => {
    const variable = btf.kindOf(entry.type) === 'VAR' ? btf.type(entry.type) : undefined;
    // A static variable's place is right already, counted from the section's start.
    const isPlaced = variable?.kind !== 'VAR' || variable.linkage === 'static';
    const symbol = isPlaced ? undefined : findSymbol(variable.name);
    return { ...entry, offsetBytes: symbol?.value ?? entry.offsetBytes };
  });
  placed.sort((a, b) => a.offsetBytes - b.offsetBytes);
  for (const [index, entry] of placed.entries()) {
    const at = btf.offsetOf(id) + BTF_TYPE_BYTES + index * 12;
    view.setUint32(at, entry.type, true);
    view.setUint32(at + 4, entry.offsetBytes, true);
    view.setUint32(at + 8, entry.sizeBytes, true);
  }
}
