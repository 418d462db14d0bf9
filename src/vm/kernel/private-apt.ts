import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { quote, UnsupportedError } from '../../core/errors.js';
import { type DebianRelease, RELEASES } from './debian-releases.js';
import { kernelError } from './kernel-error.js';
import { type PackageRecord, parsePackages } from './kernel-packages.js';
import { requireSpace } from './require-space.js';
import { runTool, type ToolResult } from './run-tool.js';

/** Of this machine's settings, those of how it reaches its mirrors; its hooks would be about its own packages. */
const KEPT_SETTINGS = /^Acquire::(?:https?|ftp|Check-|ForceIPv|Proxy|Max-|By-Hash)[^ ]* ".+";$/;

/** What of apt's answers means that no mirror could be reached, or that it lacks the keys. */
const OFFLINE =
  /could not resolve|temporary failure|could not connect|cannot initiate|unable to connect|connection (?:failed|timed out|refused)|network is unreachable/i;
const NO_KEY = /NO_PUBKEY|is not signed|keyring|no public key/i;
const NO_RELEASE = /does not have a Release file/;
const NO_SPACE = /no space left on device|disk quota exceeded/i;

/** What the lists of a release take, with what is downloaded: 57 MB of trixie, and 9. */
const LISTS_BYTES = 80 * 2 ** 20;

/** apt with lists and settings of its own in a folder: the machine's are neither changed nor locked. */
export class PrivateApt {
  readonly #folder: string;
  readonly #release: DebianRelease;
  readonly #signal: AbortSignal | undefined;
  #complaints: ToolResult | undefined;

  private constructor(folder: string, release: DebianRelease, signal: AbortSignal | undefined) {
    this.#folder = folder;
    this.#release = release;
    this.#signal = signal;
  }

  /** Makes what apt needs in a folder. @throws UnsupportedError where there is no apt */
  static async open(
    folder: string,
    {
      release,
      architecture,
      signal,
    }: { release: DebianRelease; architecture: string; signal: AbortSignal | undefined },
  ): Promise<PrivateApt> {
    const { stdout } = await runTool(['apt-config', 'dump', 'Acquire'], { signal });
    for (const each of ['lists/partial', 'archives/partial']) mkdirSync(join(folder, each), { recursive: true });
    writeFileSync(join(folder, 'status'), '');
    writeFileSync(join(folder, 'sources.list'), `${release.sources.join('\n')}\n`);
    const settings = {
      'APT::Architecture': architecture,
      'APT::Architectures': architecture,
      // The folder may be where nobody but this user comes.
      'APT::Sandbox::User': 'root',
      'APT::Update::Error-Mode': 'any',
      'Acquire::Languages': 'none',
      'Acquire::Retries': '1',
      'Acquire::http::Timeout': '20',
      'Acquire::https::Timeout': '20',
      'Dir::State::lists': join(folder, 'lists'),
      'Dir::State::status': join(folder, 'status'),
      'Dir::Cache': folder,
      'Dir::Cache::archives': join(folder, 'archives'),
      'Dir::Cache::pkgcache': '',
      'Dir::Cache::srcpkgcache': '',
      'Dir::Etc::sourcelist': join(folder, 'sources.list'),
      'Dir::Etc::sourceparts': '/dev/null',
      'Dir::Etc::preferences': '/dev/null',
      'Dir::Etc::preferencesparts': '/dev/null',
      'Dir::Etc::main': '/dev/null',
      'Dir::Etc::parts': '/dev/null',
      'Dir::Log': folder,
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";`);
    const kept = stdout.split('\n').filter((line) => KEPT_SETTINGS.test(line));
    writeFileSync(join(folder, 'apt.conf'), `${[...lines, ...kept].join('\n')}\n`);
    return new PrivateApt(folder, release, signal);
  }

  /**
   * Downloads the lists. What went wrong is told once nothing can be found.
   *
   * @throws GloveboxError `ERR_GLOVEBOX_VM_KERNEL` when there is no room for them: apt would wait for ever
   */
  async update(): Promise<void> {
    requireSpace(this.#folder, LISTS_BYTES, `the lists of Debian's ${this.#release.name}`);
    const result = await this.#run(['apt-get', '--quiet', 'update']);
    this.#complaints = result.code === 0 ? undefined : result;
  }

  /** The names of all packages of kernels. */
  async listKernels(): Promise<readonly string[]> {
    const { stdout } = await this.#run(['apt-cache', 'pkgnames', 'linux-image-']);
    return stdout.split('\n').filter((line) => line !== '');
  }

  /** The newest versions of packages, or those that are named after `=`. */
  async show(...names: readonly string[]): Promise<readonly PackageRecord[]> {
    const { stdout } = await this.#run(['apt-cache', '--no-all-versions', 'show', ...names]);
    return parsePackages(stdout);
  }

  /** Downloads packages into a folder. */
  async download(packages: readonly PackageRecord[], folder: string): Promise<void> {
    const words = packages.map(({ name, version }) => `${name}=${version}`);
    const result = await this.#run(['apt-get', '--quiet', 'download', ...words], folder);
    if (result.code !== 0) throw this.#explain(result);
  }

  /** @throws UnsupportedError GloveboxError when the lists could not be downloaded */
  throwComplaints(): void {
    if (this.#complaints !== undefined) throw this.#explain(this.#complaints);
  }

  #run(command: readonly [string, ...string[]], cwd = this.#folder): Promise<ToolResult> {
    return runTool(command, { cwd, env: { APT_CONFIG: join(this.#folder, 'apt.conf') }, signal: this.#signal });
  }

  #explain({ output, code }: ToolResult): Error {
    // Of its two streams either may come first: what tells the reason stands anywhere.
    const told = output.split('\n').filter((line) => /^(?:E|W|Err)\b/.test(line.trim()));
    const reason = (
      told.find((line) => [OFFLINE, NO_KEY, NO_RELEASE].some((why) => why.test(line))) ??
      told.at(-1) ??
      `apt answered ${code}`
    ).trim();
    const what = `a kernel of Debian's ${this.#release.name}`;
    if (NO_SPACE.test(output))
      return kernelError(
        `The disk of ${this.#folder} is full: apt could not download ${what}. Free some space, or set GLOVEBOX_CACHE to a folder elsewhere`,
      );
    if (OFFLINE.test(output)) {
      const fix =
        'connect it, or copy the folder of kernels (GLOVEBOX_CACHE, ~/.cache/glovebox) from a machine that has them, or give the path of an image';
      return new UnsupportedError({
        capability: what,
        reason: `apt cannot reach a mirror, and none is kept: ${reason}`,
        fix,
      });
    }
    if (NO_KEY.test(output))
      return new UnsupportedError({
        capability: what,
        reason: `this machine lacks Debian's keys: ${reason}`,
        fix: 'apt-get install debian-archive-keyring (of the newest release)',
      });
    if (NO_RELEASE.test(output))
      return kernelError(
        `The mirror has no release ${quote(this.#release.name)}: ${reason.replace(/\.$/, '')}. Is it spelt right? ${RELEASES.join(', ')} have kernels`,
      );
    return kernelError(`apt could not download ${what}: ${reason}\n${output.trim()}`);
  }
}
