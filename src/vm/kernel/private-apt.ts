import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DebianRelease } from './debian-releases.js';
import { explainApt } from './explain-apt.js';
import { type PackageRecord, parsePackages } from './kernel-packages.js';
import { requireSpace } from './require-space.js';
import { runTool, type ToolResult } from './run-tool.js';

/** Of this machine's settings, those of how it reaches its mirrors; its hooks would be about its own packages. */
const KEPT_SETTINGS = /^Acquire::(?:https?|ftp|Check-|ForceIPv|Proxy|Max-|By-Hash)[^ ]* ".+";$/;

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

  #explain(result: ToolResult): Error {
    return explainApt(result, { release: this.#release.name, folder: this.#folder });
  }
}
