import { Mistakes } from '../../core/mistakes.js';
import type { Program, ProgramRef, ProgramSpec } from '../objects.js';
import type { LoadCall } from '../points.js';
import type { CallGate } from './call-gate.js';
import { checkProgramSpec } from './check-program.js';
import { checkRef } from './checks.js';
import { describeProgramCall } from './describe-call.js';

/** `Kernel.load` */
export async function load(gate: CallGate, spec: ProgramSpec): Promise<Program> {
  const { backend } = gate;
  backend.assertAlive('load');
  checkProgramSpec(backend, spec);
  const call: LoadCall = {
    name: spec.name,
    type: spec.type,
    dispatcher: spec.functions !== undefined && spec.functions.length > 0,
    pinPath: spec.pinPath,
  };
  return gate.pass('kernel.load', call, () => backend.load(spec));
}

/** `Kernel.unload` */
export async function unload(gate: CallGate, program: ProgramRef): Promise<void> {
  const { backend } = gate;
  backend.assertAlive('unload');
  const mistakes = new Mistakes();
  checkRef(mistakes, backend, 'program', program, 'program');
  mistakes.throwIfAny('unload');
  return gate.pass('kernel.unload', describeProgramCall(backend, program), () => backend.unload(program));
}
