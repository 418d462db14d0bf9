import type { CAC, Command } from 'cac';
import { quote, UsageError } from '../core/errors.js';
import { suggest } from '../core/nearest.js';

/**
 * Refuses commands and options that do not exist, and names those that are meant. cac would pass over the first and
 * name none for the second.
 *
 * @returns whether there is a command to run; without one, help was shown
 * @throws UsageError
 */
export function checkCommandLine(cli: CAC): boolean {
  const { matchedCommand, args, options } = cli;
  if (options['help'] === true || (options['version'] === true && args.length === 0 && matchedCommand === undefined)) {
    return false;
  }
  const names = cli.commands.map(({ name }) => name);
  if (matchedCommand === undefined) {
    const [name] = args;
    if (name !== undefined) throw new UsageError('glovebox', `${quote(name)} is no command${suggest(name, names)}`);
  }
  const known = [...(matchedCommand?.options ?? []), ...cli.globalCommand.options].flatMap((option) => option.names);
  const problems = Object.keys(options)
    .filter((name) => name !== '--' && !known.includes(name))
    .map((name) => {
      const flag = (each: string) =>
        each.length === 1 ? `-${each}` : `--${each.replace(/[A-Z]/g, '-$&').toLowerCase()}`;
      return `${quote(flag(name))} is no option${suggest(flag(name), known.filter((each) => each.length > 1).map(flag))}`;
    });
  for (const option of matchedCommand?.options ?? []) {
    const given = options[option.name];
    if (option.required === true && given === true)
      problems.push(`"--${option.name}" takes a value, ${option.rawName}`);
  }
  problems.push(...(matchedCommand === undefined ? [] : findArgumentMistakes(matchedCommand, args)));
  const subject = matchedCommand === undefined ? 'glovebox' : `glovebox ${matchedCommand.name}`;
  if (problems.length > 0) throw new UsageError(subject, problems);
  if (matchedCommand === undefined) cli.outputHelp();
  return matchedCommand !== undefined;
}

function findArgumentMistakes({ args: known, rawName }: Command, args: readonly string[]): readonly string[] {
  const missing = known.filter(({ required }, index) => required && args[index] === undefined);
  const surplus = known.some(({ variadic }) => variadic) ? [] : args.slice(known.length);
  return [
    ...missing.map(({ value }) => `<${value}> is missing: glovebox ${rawName}`),
    ...surplus.map((each) => `${quote(each)} is one argument too many`),
  ];
}
