/** Work that falls due at a time. */
interface Task {
  due_ms: number;
  run(at: Date): void;
}

/** The mock's own time: the real one, plus what it was told to skip. */
export interface Clock {
  now(): Date;
  /** The time of everybody else: nothing of it was skipped. */
  real(): Date;
  /** Runs it once its time has come; at once when it has. */
  at(due: Date, run: (at: Date) => void): void;
  /** Runs what is due. */
  runDue(): void;
  /** Skips so many milliseconds, doing on the way what falls due, each thing at its time. */
  skip(duration_ms: number): void;
  /** Forgets all work; keeps the time. */
  clear(): void;
}

/** A timer that is set for longer than this goes off at once. */
const LONGEST_TIMER_ms = 2 ** 31 - 1;

/** `changed` is called after work was done of its own accord. */
export function createClock(real: () => Date, changed: () => void): Clock {
  let skipped_ms = 0;
  /** While a task runs, the time that it was due at. */
  let frozen_ms: number | undefined;
  let tasks: Task[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  const now_ms = () => frozen_ms ?? real().getTime() + skipped_ms;

  function runUntil(end_ms: number): void {
    for (let task = tasks[0]; task && task.due_ms <= end_ms; task = tasks[0]) {
      tasks.shift();
      frozen_ms = task.due_ms;
      try {
        task.run(new Date(task.due_ms));
      } finally {
        frozen_ms = undefined;
      }
    }
    setTimer();
  }

  function setTimer(): void {
    clearTimeout(timer);
    const next = tasks[0];
    if (!next) return;
    const wait_ms = Math.min(Math.max(next.due_ms - now_ms(), 0), LONGEST_TIMER_ms);
    timer = setTimeout(() => {
      runUntil(now_ms());
      changed();
    }, wait_ms);
    // In Node, what is due in an hour must not keep a test run open.
    (timer as { unref?: () => void }).unref?.();
  }

  return {
    now: () => new Date(now_ms()),
    real,
    at(due, run) {
      const due_ms = due.getTime();
      const place = tasks.findLastIndex((task) => task.due_ms <= due_ms) + 1;
      tasks.splice(place, 0, { due_ms, run });
      setTimer();
    },
    runDue() {
      if (frozen_ms === undefined) runUntil(now_ms());
    },
    skip(duration_ms) {
      runUntil(now_ms() + duration_ms);
      skipped_ms += duration_ms;
      setTimer();
    },
    clear() {
      clearTimeout(timer);
      tasks = [];
    },
  };
}
