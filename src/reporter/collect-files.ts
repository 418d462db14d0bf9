import { readFileSync } from 'node:fs';
import type { TestLab, TestLog } from '../report/tests/test-run-report.js';
import type { TestMeta } from './test-meta.js';

const TAIL_LINES = 200;
/** A larger picture or report only stands in the way; its file is named. */
const MOST_CHARACTERS = 300_000;

/** What was left of the labs of a test, with the picture and the report that were written when it failed. */
export function collectLabs(labs: NonNullable<TestMeta['gloveboxLabs']>): readonly TestLab[] {
  return labs.map(({ findings, files }) => {
    const picture = readSmall(files.find((file) => file.endsWith('.svg')));
    const report = readSmall(files.find((file) => file.endsWith('.md')));
    return {
      findings,
      files,
      ...(picture === undefined ? {} : { picture }),
      ...(report === undefined ? {} : { report }),
    };
  });
}

/** What the programs, containers and machines of a test wrote: the end of it. */
export function collectLogs({ gloveboxLog, gloveboxContainerLog, gloveboxConsole }: TestMeta): readonly TestLog[] {
  const files: readonly (readonly [string, string | undefined])[] = [
    ['What its programs wrote', gloveboxLog],
    ['What its containers wrote', gloveboxContainerLog],
    ['The console of its machine', gloveboxConsole],
  ];
  return files.flatMap(([title, file]) => {
    if (file === undefined) return [];
    const lines = (read(file) ?? 'the file is not on this machine').trimEnd().split('\n');
    return [{ title, file, tail: lines.slice(-TAIL_LINES), left: Math.max(0, lines.length - TAIL_LINES) }];
  });
}

function readSmall(file: string | undefined): string | undefined {
  const text = file === undefined ? undefined : read(file);
  return text === undefined || text.length > MOST_CHARACTERS ? undefined : text;
}

/** Where reports of several machines are merged, the files are elsewhere. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
