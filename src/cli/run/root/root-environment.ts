/** What a command needs to be the same command as root; secrets are not among it. */
const USUAL =
  /^(?:PATH|HOME|PWD|SHELL|TERM|COLORTERM|COLUMNS|LINES|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|CI|GITHUB_ACTIONS|FORCE_COLOR|NO_COLOR|DEBUG|NODE_\w+|npm_(?!config__)\w+|GLOVEBOX_\w+|VITEST\w*|XDG_\w+|DOCKER_HOST|CARGO_HOME|RUSTUP_HOME|GOPATH|GOROOT|GOCACHE|GOFLAGS)$/;

/** The environment of a command as root: the usual of the user's, and what is asked for by name. */
export function planRootEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  keep: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value !== undefined && (USUAL.test(name) || keep.includes(name)) ? [[name, value] as const] : [],
    ),
  );
}

/** The same, with a home where the user has none: for a machine or a container, which does not know of any. */
export function planEnvironmentElsewhere(
  environment: Readonly<Record<string, string | undefined>>,
  keep: readonly string[],
): Readonly<Record<string, string>> {
  return { HOME: '/root', ...planRootEnvironment(environment, keep) };
}
