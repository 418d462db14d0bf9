import { checkOptions } from '../../core/check-options.js';
import { checkFlag, Mistakes } from '../../core/mistakes.js';
import type { AttachSpec, UpdateLinkOptions } from '../attach.js';
import type { BpfLink, LinkRef, ProgramRef } from '../objects.js';
import type { CallGate } from './call-gate.js';
import { checkAttachSpec } from './check-attach.js';
import { checkRawFlags, checkRef } from './checks.js';
import { describeAttachCall, describeLinkCall } from './describe-call.js';

/** `Kernel.attach` */
export async function attach(gate: CallGate, spec: AttachSpec): Promise<BpfLink> {
  const { backend } = gate;
  backend.assertAlive('attach');
  checkAttachSpec(backend, spec);
  return gate.pass('kernel.attach', describeAttachCall(backend, spec), () => backend.attach(spec));
}

/** `Kernel.detach` */
export async function detach(gate: CallGate, link: LinkRef): Promise<void> {
  const { backend } = gate;
  checkLinkRef(gate, 'detach', link);
  return gate.pass('kernel.detach', describeLinkCall(backend, link), () => backend.detach(link));
}

/** `Kernel.forceDetach` */
export async function forceDetach(gate: CallGate, link: LinkRef): Promise<void> {
  const { backend } = gate;
  checkLinkRef(gate, 'forceDetach', link);
  return gate.pass('kernel.forceDetach', describeLinkCall(backend, link), () => backend.forceDetach(link));
}

/** `Kernel.updateLink` */
export async function updateLink(
  gate: CallGate,
  link: LinkRef,
  program: ProgramRef,
  options: UpdateLinkOptions,
): Promise<void> {
  const { backend } = gate;
  backend.assertAlive('updateLink');
  checkOptions('updateLink', options);
  const mistakes = new Mistakes();
  checkRef(mistakes, backend, 'link', link, 'link');
  checkRef(mistakes, backend, 'program', program, 'program');
  if (options.expected !== undefined) checkRef(mistakes, backend, 'expected', options.expected, 'program');
  checkFlag(mistakes, 'replace', options.replace);
  checkRawFlags(mistakes, options.flags);
  mistakes.throwIfAny('updateLink');
  const newProgramId = typeof program === 'number' ? program : program.id;
  const call = { ...describeLinkCall(backend, link), newProgramId };
  return gate.pass('kernel.updateLink', call, () => backend.updateLink(link, program, options));
}

function checkLinkRef({ backend }: CallGate, verb: string, link: LinkRef): void {
  backend.assertAlive(verb);
  const mistakes = new Mistakes();
  checkRef(mistakes, backend, 'link', link, 'link');
  mistakes.throwIfAny(verb);
}
