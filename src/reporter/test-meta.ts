/**
 * What the fixtures tell of a test: `task.meta`. The reporter runs in a process of its own and may be of a project that
 * loads no fixtures, so that it knows of it by shape alone.
 */
export interface TestMeta {
  readonly gloveboxRung?: string;
  readonly gloveboxSeed?: number;
  readonly gloveboxSkip?: SkipMeta;
  readonly gloveboxFaults?: readonly { readonly rule: string; readonly fired: number }[];
  readonly gloveboxOperations?: { readonly total: number; readonly last: readonly string[] };
  readonly gloveboxLabs?: readonly { readonly findings: readonly string[]; readonly files: readonly string[] }[];
  readonly gloveboxLog?: string;
  readonly gloveboxContainerLog?: string;
  readonly gloveboxConsole?: string;
}

/** Why a test was skipped. */
export interface SkipMeta {
  readonly kind: string;
  readonly reason: string;
  readonly requirement?: string;
}
