import { closeSync, openSync, readSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { quote } from '../../core/errors.js';
import { isExecutable } from '../../native/is-executable.js';
import { ProcessError } from '../process-error.js';
import { findDamage, readLoader, readMachine } from './elf.js';
import { isForeignFormat } from './foreign-formats.js';
import { listFolders, type ProgramPlace } from './program-place.js';

/** What execve(2) reads of a script: BINPRM_BUF_SIZE in include/uapi/linux/binfmts.h */
const SCRIPT_BYTES = 256;
/** An ELF file of any linker has its program headers behind its header, and the name of its loader behind them. */
const HEAD_BYTES = 4096;

/**
 * Refuses what the kernel would not start, or a shell take for a script of its own, though it may be executed: a script
 * without its interpreter, a program of another machine or another C library, an empty file.
 *
 * @throws ProcessError `ERR_GLOVEBOX_PROCESS_START`
 */
export function checkFormat(command: string, file: string, place: ProgramPlace): void {
  const head = readHead(file);
  // A program may be executed and not read.
  if (head === undefined) return;
  const problem = findProblem(head, place);
  // An emulator may make of it what it likes.
  if (problem === undefined || isForeignFormat(file, head)) return;
  throw new ProcessError('ERR_GLOVEBOX_PROCESS_START', { ...problem, message: `${quote(command)} ${problem.message}` });
}

interface Problem {
  readonly message: string;
  readonly next: string;
}

function findProblem(head: Uint8Array, place: ProgramPlace): Problem | undefined {
  if (head.length === 0) return { message: 'is an empty file', next: 'Was what makes it cut short?' };
  const text = Buffer.from(head.subarray(0, SCRIPT_BYTES)).toString('latin1');
  if (text.startsWith('#!')) return findScriptProblem(text, place);
  const machine = readMachine(head);
  if (machine !== undefined) return findMachineProblem(machine) ?? findElfProblem(head);
  // execvp(3) hands whatever else it is to a shell, which makes little sense of it.
  if (!text.includes('\0')) return undefined;
  return { message: 'is neither a program of Linux nor a script', next: 'Is it built for this system?' };
}

/** A script whose `#!` names what there is not fails with ENOENT, as if the script itself were missing. */
function findScriptProblem(text: string, place: ProgramPlace): Problem | undefined {
  const [line = ''] = text.slice(2).split('\n', 1);
  const words = line.split(/[ \t]+/).filter((word) => word !== '');
  const [interpreter] = words;
  if (interpreter === undefined)
    return { message: 'is a script whose first line names no interpreter', next: 'Let it begin with #!/bin/sh, say' };
  if (line.endsWith('\r')) {
    const next = 'Its first line ends in a carriage return: save it with Unix line ends';
    return { message: `is a script for ${quote(words.at(-1))}, which cannot be executed`, next };
  }
  if (!isExecutable(resolve(place.cwd, interpreter)))
    return {
      message: `is a script for ${quote(interpreter)}, which cannot be executed`,
      next: 'Install that, or mend the first line',
    };
  // env(1) says so itself, but as a program that has started.
  const program = basename(interpreter) === 'env' ? words[words[1] === '-S' ? 2 : 1] : undefined;
  if (program === undefined || !/^[\w.+]+$/.test(program)) return undefined;
  if (listFolders(place).some((folder) => isExecutable(resolve(place.cwd, folder, program)))) return undefined;
  return {
    message: `is a script for ${quote(program)}, which ${interpreter} will not find on PATH`,
    next: 'Install that, or mend the first line',
  };
}

function findMachineProblem(machine: string): Problem | undefined {
  const own = readMachine(readHead('/proc/self/exe') ?? new Uint8Array());
  if (own === undefined || machine === own) return undefined;
  // Most kernels run what is for the machine's smaller sister.
  if ((own === 'x86-64' && machine === 'i386') || (own === 'arm64' && machine === 'arm')) return undefined;
  return { message: `is a program for ${machine}, and this machine is ${own}`, next: 'Build it for this one' };
}

function findElfProblem(head: Uint8Array): Problem | undefined {
  const damage = findDamage(head, head.length < HEAD_BYTES);
  if (damage !== undefined) return { message: damage, next: 'Was it copied whole, and linked?' };
  const loader = readLoader(head);
  if (loader === undefined || isExecutable(loader)) return undefined;
  return {
    message: `needs ${loader} to be loaded, which is not there`,
    next: loader.includes('musl')
      ? 'It was built for musl, the C library of Alpine: build it for this system, or statically'
      : 'Install the C library that it was built for, or build it statically',
  };
}

function readHead(file: string): Uint8Array | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(file, 'r');
    const bytes = new Uint8Array(HEAD_BYTES);
    return bytes.subarray(0, readSync(fd, bytes, 0, HEAD_BYTES, 0));
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
