/** Why the process cannot start, in words for whoever started it. Shown without a stack trace. */
export class StartupError extends Error {}
