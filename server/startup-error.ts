/** Why the process cannot start, a line for each fault, in words for whoever started it. Shown without a stack trace. */
export class StartupError extends Error {}
