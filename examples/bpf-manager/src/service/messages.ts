/** The messages of `proto/manager.proto`, as the gRPC library hands them over. Enums are their names. */
export interface MapMessage {
  readonly name: string;
  readonly type: string;
  readonly keySizeBytes: number;
  readonly valueSizeBytes: number;
  readonly maxEntries: number;
}

/** An enum's name; a number when the sender knows a value that we do not. */
export type EnumValue = string | number;

export interface ProgramDefinitionMessage {
  readonly name: string;
  readonly type: EnumValue;
  readonly object: Uint8Array;
  readonly section: string;
  readonly attachTo: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly maps: readonly MapMessage[];
}

export interface LinkMessage {
  readonly id: number;
  readonly programId: number;
  readonly kernelId: number;
  readonly pinPath: string;
  readonly interface: string;
  readonly netns: string;
  readonly direction: EnumValue;
  readonly target: string;
  readonly priority: number;
  /** Absent for links that are behind no dispatcher. */
  readonly position?: number;
  readonly detachPending: boolean;
}

export interface ProgramMessage {
  readonly id: number;
  readonly name: string;
  readonly type: EnumValue;
  readonly attachTo: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly pinPath: string;
  readonly links: readonly LinkMessage[];
}

export interface InterfaceTargetMessage {
  readonly interface: string;
  readonly netns: string;
  readonly priority: number;
}

export interface AttachRequestMessage {
  readonly programId: number;
  readonly xdp?: InterfaceTargetMessage & { readonly proceedOn: readonly string[] };
  readonly tc?: InterfaceTargetMessage & { readonly direction: EnumValue; readonly proceedOn: readonly string[] };
  readonly tcx?: InterfaceTargetMessage & { readonly direction: EnumValue };
  readonly tracepoint?: { readonly category: string; readonly name: string };
  readonly kprobe?: { readonly function: string; readonly offset: number };
  readonly uprobe?: { readonly path: string; readonly offset: number; readonly pid: number };
  readonly tracing?: object;
}

export interface FindingMessage {
  readonly kind: string;
  readonly subject: string;
  readonly detail: string;
  readonly repairable: boolean;
}

/** Each method of the service: what goes in, what comes out. */
export interface Methods {
  Load: [{ readonly programs: readonly ProgramDefinitionMessage[] }, { readonly programs: readonly ProgramMessage[] }];
  Unload: [{ readonly id: number }, { readonly warnings: readonly string[] }];
  Attach: [AttachRequestMessage, { readonly link: LinkMessage; readonly warnings: readonly string[] }];
  Detach: [{ readonly linkId: number }, { readonly warnings: readonly string[] }];
  List: [
    { readonly type: EnumValue; readonly metadata: Readonly<Record<string, string>> },
    { readonly programs: readonly ProgramMessage[] },
  ];
  Get: [{ readonly id: number }, { readonly program: ProgramMessage }];
  Reconcile: [
    { readonly repair: boolean },
    {
      readonly findings: readonly FindingMessage[];
      readonly remaining: readonly FindingMessage[];
      readonly failures: readonly string[];
    },
  ];
}

export type MethodName = keyof Methods;
export type Request<M extends MethodName> = Methods[M][0];
export type Response<M extends MethodName> = Methods[M][1];
