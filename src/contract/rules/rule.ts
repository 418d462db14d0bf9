/** One rule of Linux: a row of the tables that the fake was made from. */
export interface Rule {
  readonly area: 'lifetime' | 'load' | 'maps' | 'pins' | 'ids' | 'links' | 'xdp' | 'tcx' | 'tracing' | 'perf' | 'tc';
  /** What is done. */
  readonly when: string;
  /** What the kernel answers, or what is so after it. */
  readonly answer: string;
  /** Where it is in the kernel's source. */
  readonly source: string;
  /** Why the contract cannot say it, or the fake does not model it. @defaultValue it is modelled */
  readonly notModelled?: string;
}
