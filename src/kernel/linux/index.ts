export { LinuxKernel } from './linux-kernel.js';
export type { LinuxKernelOptions, LinuxProcessOptions } from './linux-kernel-options.js';
export { LinuxProcess } from './linux-process.js';
