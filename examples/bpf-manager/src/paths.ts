import type { Direction } from 'glovebox/kernel';
import type { Device, DispatcherKey, DispatcherKind } from './model.js';

const KINDS: readonly DispatcherKind[] = ['xdp', 'tc-ingress', 'tc-egress'];

/** What a path below the root is, as far as its name tells. */
export type PinnedThing =
  | { readonly thing: 'program'; readonly programId: number }
  | { readonly thing: 'maps'; readonly programId: number }
  | { readonly thing: 'link' }
  | { readonly thing: 'revision'; readonly key: DispatcherKey; readonly revision: number }
  | { readonly thing: 'dispatcher'; readonly key: DispatcherKey; readonly revision: number }
  | { readonly thing: 'slot'; readonly key: DispatcherKey; readonly revision: number }
  | { readonly thing: 'dispatcher-link'; readonly key: DispatcherKey };

/** Where everything is pinned, below a directory on a bpffs. */
export class Paths {
  /** The directory, without a slash at its end. */
  readonly root: string;

  constructor(root: string) {
    this.root = root.replace(/\/+$/, '');
  }

  /** The directories that are always there. */
  get directories(): readonly string[] {
    const names = ['', '/maps', '/links', '/tcx-ingress', '/tcx-egress', ...KINDS.map((kind) => `/${kind}`)];
    return names.map((name) => `${this.root}${name}`);
  }

  program(programId: number): string {
    return `${this.root}/prog_${programId}`;
  }

  maps(programId: number): string {
    return `${this.root}/maps/${programId}`;
  }

  link(linkId: number): string {
    return `${this.root}/links/${linkId}`;
  }

  tcxLink(direction: Direction, device: Device, programId: number): string {
    return `${this.root}/tcx-${direction}/link_${device.netns}_${device.ifindex}_${programId}`;
  }

  /** The directory of one revision of a dispatcher. */
  revision(key: DispatcherKey, revision: number): string {
    return `${this.root}/${key.kind}/dispatcher_${key.netns}_${key.ifindex}_${revision}`;
  }

  dispatcher(key: DispatcherKey, revision: number): string {
    return `${this.revision(key, revision)}/dispatcher`;
  }

  slot(key: DispatcherKey, revision: number, position: number): string {
    return `${this.revision(key, revision)}/link_${position}`;
  }

  /** The link of an XDP dispatcher, which stays while its revisions change. */
  dispatcherLink(key: DispatcherKey): string {
    return `${this.root}/${key.kind}/dispatcher_${key.netns}_${key.ifindex}_link`;
  }

  /** What a path is, by its name; `undefined` for a name that is not one of the manager's. */
  describe(path: string): PinnedThing | undefined {
    const name = path.slice(this.root.length + 1);
    const program = /^prog_(\d+)$/.exec(name);
    if (program) return { thing: 'program', programId: Number(program[1]) };
    const maps = /^maps\/(\d+)(\/[^/]+)?$/.exec(name);
    if (maps) return { thing: 'maps', programId: Number(maps[1]) };
    if (/^links\/\d+$/.test(name) || /^tcx-(ingress|egress)\/link_\d+_\d+_\d+$/.test(name)) return { thing: 'link' };
    return describeDispatcher(name);
  }
}

function describeDispatcher(name: string): PinnedThing | undefined {
  const match = /^([a-z-]+)\/dispatcher_(\d+)_(\d+)_(\d+|link)(?:\/(dispatcher|link_\d))?$/.exec(name);
  const kind = KINDS.find((each) => each === match?.[1]);
  if (!match || !kind) return undefined;
  const key = { kind, netns: Number(match[2]), ifindex: Number(match[3]) };
  if (match[4] === 'link') return match[5] === undefined ? { thing: 'dispatcher-link', key } : undefined;
  const revision = Number(match[4]);
  if (match[5] === undefined) return { thing: 'revision', key, revision };
  return { thing: match[5] === 'dispatcher' ? 'dispatcher' : 'slot', key, revision };
}
