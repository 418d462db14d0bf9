import { UsageError } from '../../core/errors.js';

/** What a module says of itself, in the section `.modinfo` of its ELF file (include/linux/module.h: MODULE_INFO). */
export interface ModuleInfo {
  readonly name: string | undefined;
  /** What has to be there before it: the hard dependencies, and the soft ones that go first. */
  readonly needs: readonly string[];
  /** Those of {@link needs} that it works without. */
  readonly soft: readonly string[];
  /** The kernel that it is for: `6.1.0-56-cloud-amd64`. */
  readonly release: string | undefined;
}

/** include/uapi/linux/elf.h, of the 64-bit class. */
const SECTIONS_AT = 40;
const SECTION_SIZE_AT = 58;
const SECTION_COUNT_AT = 60;
const NAMES_INDEX_AT = 62;

/** @throws UsageError when the file is no module */
export function readModuleInfo(path: string, content: Buffer): ModuleInfo {
  let fields: readonly (readonly [string, string])[];
  try {
    fields = readFields(content);
  } catch (error) {
    throw new UsageError('planModules', `${JSON.stringify(path)} is no kernel module, or is damaged`, { cause: error });
  }
  const all = (key: string) => fields.filter(([name]) => name === key).map(([, value]) => value);
  const hard = all('depends')
    .flatMap((value) => value.split(','))
    .filter((each) => each !== '');
  const soft = all('softdep').flatMap((value) => readFormer(value));
  return {
    name: all('name')[0],
    needs: [...soft, ...hard].map(normalizeModuleName),
    soft: soft.map(normalizeModuleName),
    release: all('vermagic')[0]?.split(' ', 1)[0],
  };
}

/** A module is the same whether its name is written with `-` or `_`. */
export function normalizeModuleName(name: string): string {
  return name.replaceAll('-', '_');
}

/** Of `pre: a b post: c`, a and b. */
function readFormer(value: string): readonly string[] {
  const former: string[] = [];
  let isFormer = false;
  for (const word of value.split(/\s+/)) {
    if (word.endsWith(':')) isFormer = word === 'pre:';
    else if (isFormer && word !== '') former.push(word);
  }
  return former;
}

function readFields(content: Buffer): readonly (readonly [string, string])[] {
  if (content.toString('latin1', 0, 4) !== '\u007fELF') throw new Error('it is no ELF file');
  const at = Number(content.readBigUInt64LE(SECTIONS_AT));
  const entryBytes = content.readUInt16LE(SECTION_SIZE_AT);
  const sections = Array.from({ length: content.readUInt16LE(SECTION_COUNT_AT) }, (_, index) => {
    const start = at + index * entryBytes;
    const offset = Number(content.readBigUInt64LE(start + 24));
    return { nameAt: content.readUInt32LE(start), offset, end: offset + Number(content.readBigUInt64LE(start + 32)) };
  });
  const names = sections[content.readUInt16LE(NAMES_INDEX_AT)]?.offset ?? 0;
  const nameOf = (nameAt: number) => content.toString('latin1', names + nameAt, content.indexOf(0, names + nameAt));
  const info = sections.find(({ nameAt }) => nameOf(nameAt) === '.modinfo');
  if (info === undefined) throw new Error('it has no section .modinfo');
  return content
    .toString('latin1', info.offset, info.end)
    .split('\0')
    .filter((text) => text.includes('='))
    .map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)] as const);
}
