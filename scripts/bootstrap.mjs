// Runs a command of this repository with what the repository pins: its npm packages and its own Node.
//
//   node scripts/bootstrap.mjs <program or script file> [arguments…]
//
// It is what makes `npm test` work straight after a clone, so it is plain JavaScript that Node 20 understands and it
// uses nothing but Node itself. It installs the packages when they are missing or older than package-lock.json, puts
// node_modules/.bin (and with it the pinned Node) first on PATH, and passes signals and the exit code on.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(new URL('..', import.meta.url)));
const binaries = join(root, 'node_modules', '.bin');
const onWindows = process.platform === 'win32';

/** @param {string} message */
function say(message) {
  process.stderr.write(`glovebox: ${message}\n`);
}

/** @param {string} file */
function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Why the packages have to be installed, or undefined when node_modules is what package-lock.json asks for. npm keeps
 * a lock of what it installed beside the packages; comparing the two needs no stamp of our own and survives a checkout
 * that touches every file's date.
 */
function whyInstall() {
  const wanted = readJson(join(root, 'package-lock.json'))?.packages;
  if (wanted === undefined) {
    return undefined;
  }
  const installed = readJson(join(root, 'node_modules', '.package-lock.json'))?.packages;
  if (installed === undefined) {
    return 'the packages are not installed yet';
  }
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') {
      continue;
    }
    const there = installed[path];
    if (there === undefined) {
      if (entry.optional || entry.devOptional || entry.peer) {
        continue;
      }
      return `${path} is missing`;
    }
    if (there.version !== entry.version || there.integrity !== entry.integrity) {
      return `${path} is not the version in package-lock.json`;
    }
  }
  const extra = Object.keys(installed).find((path) => wanted[path] === undefined);
  return extra === undefined ? undefined : `${extra} is no longer in package-lock.json`;
}

/** PATH without this repository's own programs: npm must not run on a Node that it is about to delete. */
function outerPath() {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter((entry) => resolve(entry) !== binaries)
    .join(delimiter);
}

/** @param {string} why */
function install(why) {
  say(`${why}; running "npm ci" (about 500 MB, usually under a minute, once) …`);
  const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'], {
    cwd: root,
    env: { ...process.env, PATH: outerPath() },
    // What npm prints belongs to nobody's output: only stderr, so that a caller can still parse stdout.
    stdio: ['ignore', 2, 2],
    shell: onWindows,
  });
  if (result.error !== undefined) {
    say(`npm could not be started (${result.error.message}). Node 20 or later with npm on PATH is all that is needed.`);
    process.exit(1);
  }
  if (result.status !== 0) {
    say(
      `"npm ci" failed (${result.signal ?? `exit code ${result.status}`}), its own message is above. ` +
        'If it says ENOTFOUND, EAI_AGAIN, ECONNREFUSED or ETIMEDOUT, this machine does not reach the npm registry: ' +
        'connect it, or point npm at a mirror with "npm config set registry URL", and run the command again.',
    );
    process.exit(1);
  }
}

/** The version of a Node, or undefined when it cannot be run. @param {string} program */
function versionOf(program) {
  const result = spawnSync(program, ['--version'], { encoding: 'utf8', shell: onWindows });
  return result.status === 0 ? result.stdout.trim().replace(/^v/, '') : undefined;
}

/** Whether a Node is in the range of "engines" in package.json. @param {string} version */
function isSupported(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return (major === 22 && minor >= 18) || (major === 24 && minor >= 11) || major >= 26;
}

/** Makes sure that a Node good enough to run the repository is first on PATH, and returns that PATH. */
function pathWithNode() {
  const outer = outerPath();
  if (versionOf(join(binaries, 'node')) !== undefined) {
    return binaries + delimiter + outer;
  }
  if (isSupported(process.versions.node)) {
    say(`the Node pinned by this repository does not run here; using this one, ${process.version}.`);
    // node_modules/.bin must come second: the broken Node lies in it.
    return [resolve(process.execPath, '..'), binaries, outer].join(delimiter);
  }
  say(
    `the Node pinned by this repository (npm package "node") does not run on ${process.platform}-${process.arch}, ` +
      `and this one, ${process.version}, is too old to stand in.\n` +
      'glovebox: If npm is set to ignore install scripts, run "npm rebuild node --ignore-scripts=false". ' +
      'If there is no such build for this system (Alpine, for one), install Node 24 and run the command again.',
  );
  return process.exit(1);
}

const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  say('usage: node scripts/bootstrap.mjs <program or script file> [arguments…]');
  process.exit(2);
}

const why = whyInstall();
if (why !== undefined) {
  install(why);
}
const path = pathWithNode();
const isScript = /\.[cm]?[jt]s$/.test(command);
// The hooks let a TypeScript file import "./other.js" when it is other.ts that exists.
const hooks = ['--import', new URL('typescript-hooks.mjs', import.meta.url).href];
const child = spawn(isScript ? 'node' : command, isScript ? [...hooks, command, ...args] : args, {
  cwd: root,
  env: { ...process.env, PATH: path },
  stdio: 'inherit',
  shell: onWindows,
});
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => child.kill(signal));
}
child.on('error', (error) => {
  say(`${command} could not be started: ${error.message}`);
  process.exit(127);
});
child.on('exit', (code, signal) => {
  process.exit(code ?? 128 + (constants.signals[signal ?? 'SIGTERM'] ?? 0));
});
