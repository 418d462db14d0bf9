// "Who may import whom": the folders of src/ and what each may reach. `npm run lint:architecture` checks it, and
// test/architecture breaks every rule on purpose to see that it does. Type-only imports are free: they are gone before
// the graph is drawn (tsPreCompilationDeps: false).

const allBut = (...folders) => `^src/(?!(?:${folders.join('|')})(?:/|\\.ts$))`;

/** The Linux driver lies beside the contract it implements; the contract is every other file of src/kernel but its entry. */
const driver = 'kernel/linux';

/** Folder (or what else stands for a layer) → what its files may import beside themselves. */
const layers = {
  core: { path: '^src/core/', may: ['core'] },
  contract: { path: '^src/contract/', may: ['contract', 'fakes', 'kernel', 'netns', 'native', 'faults', 'core'] },
  native: { path: '^src/native/', may: ['native', 'core'] },
  faults: { path: '^src/faults/', may: ['faults', 'core'] },
  'netlink-codec': { path: '^src/netns/netlink/', may: ['netns/netlink', 'core'] },
  'kernel-contract': { path: `^src/(?!${driver}/|kernel/index\\.ts)kernel/`, may: [`(?!${driver}/)kernel`, 'core'] },
  'kernel-driver': { path: `^src/${driver}/`, may: ['kernel', 'native', 'netns/netlink', 'faults', 'core'] },
  fakes: { path: '^src/fakes/', may: ['fakes', `(?!${driver}/)kernel`, 'faults', 'core'] },
  messages: { path: '^src/messages/', may: ['messages', 'core'] },
  process: { path: '^src/process/', may: ['process', 'messages', 'native', 'faults', 'core'] },
  netns: { path: '^src/netns/(?!netlink/)', may: ['netns', 'process', 'native', 'faults', 'core'] },
  vm: { path: '^src/vm/', may: ['vm', 'netns', 'process', 'native', 'faults', 'core'] },
  container: { path: '^src/container/', may: ['container', 'netns', 'process', 'native', 'faults', 'core'] },
  scenarios: { path: '^src/scenarios/', may: ['scenarios', 'process', 'netns', 'faults', 'core'] },
  assertions: { path: '^src/assertions/', may: ['assertions', `(?!${driver}/)kernel`, 'core'] },
  config: { path: '^src/config/', may: ['config', 'core'] },
  // Pages and files from results, whoever made them.
  report: { path: '^src/report/', may: ['report', 'core'] },
  reporter: { path: '^src/reporter/', may: ['reporter', 'report', 'core'] },
  doctor: { path: '^src/doctor/', may: ['doctor', 'kernel', 'process', 'netns', 'native', 'faults', 'core'] },
  fixtures: { path: '^src/fixtures/', mayNot: ['reporter', 'cli'] },
  cli: { path: '^src/cli/', mayNot: ['fixtures', 'assertions', 'contract', 'fakes', 'scenarios'] },
};

const layerRules = Object.entries(layers).map(([name, layer]) => ({
  name: `layer-${name}`,
  severity: 'error',
  comment: layer.may
    ? `${name} may import only ${layer.may.join(', ')} (of src)`
    : `${name} may import anything of src but ${layer.mayNot.join(', ')}`,
  from: { path: layer.path },
  to: { path: layer.may ? allBut(...layer.may) : `^src/(?:${layer.mayNot.join('|')})/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...layerRules,
    {
      name: 'rooms-of-labs',
      severity: 'error',
      comment:
        'what stands on a lab is handed it: the plan is all of a lab that may be imported from outside of src/netns/lab',
      from: { path: '^src/netns/(?!lab/|index\\.ts$)' },
      to: { path: '^src/netns/lab/(?!plan/)' },
    },
    {
      name: 'plan-before-lab',
      severity: 'error',
      comment: 'a spec is read, then planned, then built',
      from: { path: '^src/netns/lab/(?:read|plan)/' },
      to: { path: '^src/netns/(?:lab/(?!read/|plan/)|(?:wire|impair|netfilter|ledger|capture|report|picture)/)' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'two modules that need each other are one module, or hide a third',
      from: {},
      to: { circular: true },
    },
    {
      name: 'index-without-io',
      severity: 'error',
      comment: 'src/index.ts is for every environment: no processes, files, sockets or native code behind it',
      from: { path: '^src/index\\.ts$' },
      to: {
        path: '^(?:node:)?(?:child_process|fs|fs/promises|net)$|(?:^|/)koffi(?:/|$)|^src/native/',
        reachable: true,
      },
    },
    {
      name: 'index-without-vitest',
      severity: 'error',
      comment: 'src/index.ts works where Vitest is not installed',
      from: { path: '^src/(?:index|assertions/index|kernel/index)\\.ts$' },
      to: { path: '(?:^|/)(?:vitest|@vitest)(?:/|$)', reachable: true },
    },
    {
      name: 'vitest-only-in-its-wiring',
      severity: 'error',
      comment: 'only fixtures, assertions/matchers and reporter may import vitest',
      from: { path: '^src/', pathNot: '^src/(?:fixtures|assertions/matchers|reporter)/' },
      to: { path: '(?:^|/)(?:vitest|@vitest)(?:/|$)' },
    },
    {
      name: 'koffi-only-in-native',
      severity: 'error',
      comment: 'src/native is the only place that loads the FFI',
      from: { path: '^src/', pathNot: '^src/native/' },
      to: { path: '(?:^|/)koffi(?:/|$)' },
    },
    {
      name: 'src-stands-alone',
      severity: 'error',
      comment: 'what is published imports nothing that is not: no test, example, benchmark or script',
      from: { path: '^src/' },
      to: { path: '^(?:test|examples|bench|scripts|docs)/' },
    },
    {
      name: 'no-development-dependency',
      severity: 'error',
      comment: 'src may import only what package.json promises to its users',
      from: { path: '^src/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        // Optional peers of the user's.
        pathNot: '(?:^|/)(?:vitest|@vitest|fast-check|testcontainers)(?:/|$)',
      },
    },
    {
      name: 'nothing-unresolved',
      severity: 'error',
      comment: 'an import that leads nowhere',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: false,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs', '.json'],
      conditionNames: ['import', 'node', 'default'],
      exportsFields: ['exports'],
    },
  },
};
