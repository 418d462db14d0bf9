import type { Direction, ProgramType } from '../../objects.js';

/** What the name of a program's section says: libbpf's convention, tools/lib/bpf/libbpf.c, section_defs. */
export interface SectionMeaning {
  /** What the program looks like; undefined for types that the contract does not have. */
  readonly type?: ProgramType;
  /**
   * What it is meant to be attached to: a kernel function, `category:name` of a tracepoint, `path:symbol+offset` of a
   * uprobe, the function that an extension replaces.
   */
  readonly attachTo?: string;
  readonly direction?: Direction;
  /** XDP programs that run from a map instead of a device. */
  readonly xdpTarget?: 'devmap' | 'cpumap';
  /** Whether the program may sleep (`.s`): BPF_F_SLEEPABLE. */
  readonly sleepable: boolean;
  /** Whether the XDP program takes packets in several buffers (`.frags`): BPF_F_XDP_HAS_FRAGS. */
  readonly multiBuffer: boolean;
  /** False with a `?` in front: such a program is not loaded unless it is asked for. */
  readonly autoload: boolean;
}

/** The first word of a section's name and the type it means. */
const TYPES: Readonly<Record<string, ProgramType>> = {
  xdp: 'xdp',
  xdp_devmap: 'xdp',
  xdp_cpumap: 'xdp',
  tc: 'tc',
  classifier: 'tc',
  tcx: 'tcx',
  tracepoint: 'tracepoint',
  tp: 'tracepoint',
  kprobe: 'kprobe',
  kretprobe: 'kretprobe',
  uprobe: 'uprobe',
  uretprobe: 'uretprobe',
  fentry: 'fentry',
  fexit: 'fexit',
  lsm: 'lsm',
  freplace: 'extension',
};

/** Words behind the dot that leave the type as it is; any other (`.multi`, `.session`) is a type of its own. */
const SUFFIXES: ReadonlySet<string | undefined> = new Set([undefined, 's', 'frags']);

/** Reads the name of a section, whatever it is. */
export function readSectionName(section: string): SectionMeaning {
  const autoload = !section.startsWith('?');
  const [, head = '', rest] = /^\??([^/]*)(?:\/(.*))?$/s.exec(section) ?? [];
  const [word = '', suffix] = head.split('.', 2);
  const common = { sleepable: suffix === 's', multiBuffer: suffix === 'frags', autoload };
  const type = SUFFIXES.has(suffix) && Object.hasOwn(TYPES, word) ? TYPES[word] : undefined;
  if (type === undefined) return common;
  return { type, ...common, ...readTarget(type, word, rest) };
}

function readTarget(type: ProgramType, word: string, rest = ''): Partial<SectionMeaning> {
  switch (type) {
    case 'xdp': {
      const target = word === 'xdp' ? rest : word.slice('xdp_'.length);
      return target === 'devmap' || target === 'cpumap' ? { xdpTarget: target } : {};
    }
    case 'tc':
    case 'tcx':
      return rest === 'ingress' || rest === 'egress' ? { direction: rest } : {};
    case 'tracepoint':
      return rest.includes('/') ? { attachTo: rest.replace('/', ':') } : {};
    default:
      return rest === '' ? {} : { attachTo: rest };
  }
}
