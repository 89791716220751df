import { emailJson, numbered } from './message.ts';

export interface Preload {
  /** Of the server, without a path. */
  url: string;
  api_key: string;
  emails: number;
  signal: AbortSignal;
}

/** The most that POST /emails/batch takes. */
const BATCH = 500;
const AT_ONCE = 4;

/** Fills the queue, each email with its own recipient. Throws at the first refusal. */
export async function preload({ url, api_key, emails, signal }: Preload): Promise<void> {
  let count = 0;
  const lane = async () => {
    while (count < emails) {
      const size = Math.min(BATCH, emails - count);
      const batch = Array.from({ length: size }, () => numbered(emailJson, ++count));
      const response = await fetch(`${url}/api/v2/emails/batch`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${api_key}`, 'Content-Type': 'application/json' },
        body: `{"emails":[${batch.join(',')}]}`,
        signal,
      });
      const answer = await response.text();
      if (response.status !== 202) throw new Error(`a batch was answered ${response.status}: ${answer.slice(0, 500)}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}
