import { quote, UnsupportedError } from '../../core/errors.js';
import { RELEASES } from './debian-releases.js';
import { kernelError } from './kernel-error.js';
import type { ToolResult } from './run-tool.js';

/** What of apt's answers means that no mirror could be reached, or that it lacks the keys. */
const OFFLINE =
  /could not resolve|temporary failure|could not connect|cannot initiate|unable to connect|connection (?:failed|timed out|refused)|network is unreachable/i;
const NO_KEY = /NO_PUBKEY|is not signed|keyring|no public key/i;
const NO_RELEASE = /does not have a Release file/;
const NO_SPACE = /no space left on device|disk quota exceeded/i;

/** Why apt has no kernel, in words of who asked for one: a machine that cannot have it, or a reason of the moment. */
export function explainApt(
  { output, code }: Pick<ToolResult, 'output' | 'code'>,
  { release, folder }: { readonly release: string; readonly folder: string },
): Error {
  // Of its two streams either may come first: what tells the reason stands anywhere.
  const told = output.split('\n').filter((line) => /^(?:E|W|Err)\b/.test(line.trim()));
  const reason = (
    told.find((line) => [OFFLINE, NO_KEY, NO_RELEASE].some((why) => why.test(line))) ??
    told.at(-1) ??
    `apt answered ${code}`
  ).trim();
  const what = `a kernel of Debian's ${release}`;
  if (NO_SPACE.test(output))
    return kernelError(
      `The disk of ${folder} is full: apt could not download ${what}. Free some space, or set GLOVEBOX_CACHE to a folder elsewhere`,
    );
  if (OFFLINE.test(output))
    return new UnsupportedError({
      capability: what,
      reason: `apt cannot reach a mirror, and none is kept: ${reason}`,
      fix: 'connect it, or copy the folder of kernels (GLOVEBOX_CACHE, ~/.cache/glovebox) from a machine that has them, or give the path of an image',
    });
  if (NO_KEY.test(output))
    return new UnsupportedError({
      capability: what,
      reason: `this machine lacks Debian's keys: ${reason}`,
      fix: 'apt-get install debian-archive-keyring (of the newest release)',
    });
  if (NO_RELEASE.test(output))
    return kernelError(
      `The mirror has no release ${quote(release)}: ${reason.replace(/\.$/, '')}. Is it spelt right? ${RELEASES.join(', ')} have kernels`,
    );
  return kernelError(`apt could not download ${what}: ${reason}\n${output.trim()}`);
}
