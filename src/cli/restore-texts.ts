import type { CAC } from 'cac';

/** Gives options the texts that they were given as: cac makes numbers of what looks like one, and kernel 5.10 would be 5.1. */
export function restoreTexts({ options, rawArgs }: Pick<CAC, 'options' | 'rawArgs'>): void {
  const end = rawArgs.indexOf('--');
  const words = rawArgs.slice(2, end === -1 ? rawArgs.length : end);
  for (const [name, value] of Object.entries(options)) {
    const values: readonly unknown[] = [value].flat();
    if (!values.some((each) => typeof each === 'number')) continue;
    const texts = listTexts(words, `--${name.replace(/[A-Z]/g, '-$&').toLowerCase()}`);
    if (texts.length === values.length) options[name] = Array.isArray(value) ? texts : texts[0];
  }
}

/** What follows a flag each time, behind `=` or as the next word. */
function listTexts(words: readonly string[], flag: string): readonly string[] {
  return words.flatMap((word, index) => {
    if (word === flag) return words[index + 1] ?? [];
    return word.startsWith(`${flag}=`) ? [word.slice(flag.length + 1)] : [];
  });
}
