/** What the environment says. Nothing else of the command line reads it. */
export interface Environment {
  key: string | undefined;
  base_url: string | undefined;
  webhook_secret: string | undefined;
  stranger_key: string | undefined;
}

export function readEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  return {
    // The SDK's name comes first: both must mean the same key in one shell.
    key: env.KOLTRIX_KEY || env.KOLTRIX_API_KEY || undefined,
    base_url: env.KOLTRIX_BASE_URL || undefined,
    webhook_secret: env.KOLTRIX_WEBHOOK_SECRET || undefined,
    stranger_key: env.KOLTRIX_STRANGER_KEY || undefined,
  };
}
