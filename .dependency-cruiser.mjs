/** The import rules of docs/architecture.md. */

/** Every folder of the service, so without the programs that run it beside a simulator. */
const SERVICE = '^src/(?!simulator/|demo/)';

const FRAMEWORKS =
  '(^|/)node_modules/(@nestjs|nestjs-pino|@?fastify|@?bullmq|@bull-board|ioredis|rxjs|undici|prom-client|pino)';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Files never import one another in a circle, not even for types.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-folder-cycles',
      comment: 'The folders of src form layers: of two folders, only one imports the other.',
      severity: 'error',
      scope: 'folder',
      from: { path: '^src/[^/]+$' },
      to: { circular: true, path: '^src/[^/]+$' },
    },
    {
      name: 'callbacks-in-worker',
      comment: 'Callbacks are delivered by the role worker; the api only queues them again.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(callbacks|worker)/' },
      to: { path: '^src/callbacks/' },
    },
    {
      name: 'roles-are-apart',
      comment: 'api, worker and documents never import one another: each runs and scales on its own.',
      severity: 'error',
      from: { path: '^src/(api|worker|documents)/' },
      to: { path: '^src/(api|worker|documents)/', pathNot: '^src/$1/' },
    },
    {
      name: 'domain-is-pure',
      comment: 'cancellation, links and cxml import no framework and no Redis client.',
      severity: 'error',
      from: { path: '^src/(cancellation|links|cxml)/' },
      to: { path: FRAMEWORKS },
    },
    {
      name: 'platform-is-below',
      comment: 'platform knows nothing about cancellations.',
      severity: 'error',
      from: { path: '^src/platform/' },
      to: { path: '^src/', pathNot: '^src/platform/' },
    },
    {
      name: 'bullmq-in-queue',
      comment: 'Only queue, the processors and module wiring use BullMQ.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/queue/', '[.](processor|module)[.]ts$'] },
      to: { path: '(^|/)node_modules/(bullmq|@nestjs/bullmq)/' },
    },
    {
      name: 'outgoing-requests',
      comment:
        'Only signalwire talks to SignalWire, and only callbacks to the receivers of callbacks. Nobody else sends requests.',
      severity: 'error',
      from: { path: SERVICE, pathNot: '^src/(signalwire|callbacks)/' },
      to: { path: '(^|/)node_modules/undici/' },
    },
    {
      name: 'service-without-simulator',
      comment: 'The service knows the simulator only over HTTP.',
      severity: 'error',
      from: { path: SERVICE },
      to: { path: '^src/(simulator|demo)/' },
    },
    {
      name: 'simulator-without-service',
      comment: 'The simulator knows the service only over HTTP; it shares nothing but platform.',
      severity: 'error',
      from: { path: '^src/simulator/' },
      to: { path: '^src/', pathNot: '^src/(simulator|platform)/' },
    },
    {
      name: 'src-without-test',
      comment: 'Nothing in src imports from test.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^test/' },
    },
    {
      name: 'resolvable',
      comment: 'Every import resolves, so that no rule misses one.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types'] },
  },
};
