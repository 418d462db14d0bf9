import { UnsupportedError } from '../../core/errors.js';
import { findProgram } from '../../process/program/find-program.js';

/** The processors that a guest can have. */
export type GuestArchitecture = 'x64' | 'arm64';

const PROGRAMS = { x64: 'qemu-system-x86_64', arm64: 'qemu-system-aarch64' } as const;
const PACKAGES = { x64: 'qemu-system-x86', arm64: 'qemu-system-arm' } as const;

/** The file of the QEMU that emulates a processor. @throws UnsupportedError with the package that has it */
export function findQemu(
  architecture: GuestArchitecture,
  { path = process.env['PATH'] }: { readonly path?: string | undefined } = {},
): string {
  try {
    return findProgram(PROGRAMS[architecture], { cwd: process.cwd(), path });
  } catch (cause) {
    const fix = `apt-get install --no-install-recommends ${PACKAGES[architecture]}, or put ${PROGRAMS[architecture]} on PATH`;
    throw new UnsupportedError(
      { capability: 'vm', reason: `${PROGRAMS[architecture]} is not on PATH`, fix },
      { cause },
    );
  }
}
