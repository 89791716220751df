import { afterAll, beforeAll, beforeEach } from 'vitest';

/**
 * Sets up what the tests of a file share: once, and anew before a test is tried again, so that what its first try has left
 * behind does not fail it as well. What is given to the stack ends with it. Not for tests that run beside each other.
 */
export function givenWorld(setUp: (stack: AsyncDisposableStack) => Promise<void>): void {
  let stack = new AsyncDisposableStack();
  const begin = async () => {
    stack = new AsyncDisposableStack();
    await setUp(stack);
  };
  const end = () => stack.disposeAsync();
  beforeAll(begin);
  beforeEach(async ({ task }) => {
    if (!task.result?.retryCount) return;
    await end();
    await begin();
  });
  afterAll(end);
}
